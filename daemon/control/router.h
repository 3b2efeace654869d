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
  // `hint`: where whoever asks for what there is not finds what there is.
  explicit Router(std::string_view hint = "docs/child-api.md lists what there is") : hint_(hint) {}
  void add(Route route) { routes_.push_back(std::move(route)); }
  void dispatch(HttpRequest request, Reply reply) const;

 private:
  std::string allowed(std::string_view path) const;
  std::string_view hint_;
  std::vector<Route> routes_;
};

}  // namespace lastcall::control
