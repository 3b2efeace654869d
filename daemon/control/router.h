// Which handler answers which request: a table of method, path, the least authority that may ask, and the handler. Says 404, 405 with
// Allow, 403 (logged, with who asked) and 415 by itself, so that a handler only meets requests that are its own. Supervisor process only.
#pragma once

#include <functional>
#include <string_view>
#include <vector>

#include "control/reply.h"

namespace lastcall::control {

struct Route {
  std::string_view method;
  std::string_view path;  // "/v1/jobs/{id}": one segment of any text, in HttpRequest::parameter
  Authority least = Authority::operator_;
  std::function<void(const HttpRequest& request, Reply reply)> handler;
};

class Router {
 public:
  void add(Route route) { routes_.push_back(std::move(route)); }
  void dispatch(HttpRequest request, Reply reply) const;

 private:
  std::string allowed(std::string_view path) const;
  std::vector<Route> routes_;
};

}  // namespace lastcall::control
