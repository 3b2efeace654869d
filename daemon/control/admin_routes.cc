#include <algorithm>

#include <page_files.h>

#include "control/control_plane.h"
#include "control/metrics.h"
#include "control/routes.h"
#include "control/state_json.h"

namespace lastcall::control {
namespace {

HttpResponse text(std::uint16_t status, std::string_view words) {
  return {.status = status, .body = std::string(words) + "\n", .content_type = "text/plain; charset=utf-8"};
}

// The page's own files and its own server, nothing else: whatever a client wrote into a request line can load and run nothing.
HttpResponse file(std::string_view content, const char* type) {
  HttpResponse response{.body = std::string(content), .content_type = type};
  response.headers = {{"Content-Security-Policy",
                       "default-src 'none'; style-src 'self'; script-src 'self'; connect-src 'self'; img-src data:; base-uri 'none'; "
                       "form-action 'none'; frame-ancestors 'none'"},
                      {"Referrer-Policy", "no-referrer"}};
  return response;
}

void add_page(Router& router) {
  const auto add = [&](std::string_view path, std::string_view content, const char* type) {
    router.add({"GET", path, Authority::visitor, [content, type](const HttpRequest&, Reply reply) { reply.send(file(content, type)); }});
  };
  add("/", kPageHtml, "text/html; charset=utf-8");
  add("/page.css", kPageCss, "text/css; charset=utf-8");
  add("/page.js", kPageJs, "text/javascript; charset=utf-8");
}

// Why no load balancer should send anybody; nothing: it should.
const char* not_ready(const StateView& state, const ReadyzPolicy& policy) {
  switch (state.phase) {
    case core::Phase::starting: return "starting";
    case core::Phase::serving: break;
    // New clients are still accepted. Kubernetes takes us out of its endpoints by itself and falls back to us while nobody else is there,
    // which a failing probe would forbid; the others know only what this page says (G146). Of a drain by hand nobody knows but by this page.
    case core::Phase::lame_duck:
      if (state.drained_by_hand || !policy.ready_while_lame) return "draining";
      break;
    default: return "stopping";
  }
  const auto ready = [](const InstanceView& one) { return one.state == "ready"; };
  return std::ranges::any_of(state.instances, ready) ? nullptr : "the command is not ready";
}

}  // namespace

void add_admin_routes(Router& router, View& view, EventHub& events, const ReadyzPolicy& policy) {
  // Who can be asked lives: a liveness probe that failed while we drain would only have us killed (G138).
  router.add({"GET", "/livez", Authority::visitor, [](const HttpRequest&, Reply reply) { reply.send(text(200, "alive")); }});
  router.add({"GET", "/readyz", Authority::visitor, [&view, &policy](const HttpRequest&, Reply reply) {
                const char* why = not_ready(view.state(), policy);
                reply.send(why == nullptr ? text(200, "ready") : text(policy.failing, why));
              }});
  router.add({"GET", "/metrics", Authority::visitor, [&view](const HttpRequest&, Reply reply) {
                reply.send({.body = metrics_text(view.state()), .content_type = "text/plain; version=0.0.4; charset=utf-8"});
              }});
  router.add({"GET", "/status", Authority::visitor,
              [&view](const HttpRequest&, Reply reply) { reply.send({.body = state_json(view.state()) + "\n"}); }});
  router.add({"GET", "/connections", Authority::visitor, [&view](const HttpRequest&, Reply reply) {
                view.list_connections([reply](const ConnectionList& list) mutable { reply.send({.body = connections_json(list) + "\n"}); });
              }});
  router.add({"GET", "/jobs", Authority::visitor, [&view](const HttpRequest&, Reply reply) { reply.send({.body = jobs_json(view) + "\n"}); }});
  add_page(router);
  router.add({"GET", "/events", Authority::visitor, [&view, &events](const HttpRequest&, Reply reply) {
                events.subscribe(reply, event_text("state", state_json(view.state())));
              }});
}

}  // namespace lastcall::control
