#include "control/routes.h"
#include "control/state_json.h"

namespace lastcall::control {

void add_state_routes(Router& router, View& view, EventHub& events) {
  router.add({"GET", "/v1/state", Authority::child,
              [&view](const HttpRequest&, Reply reply) { reply.send({.body = state_json(view.state()) + "\n"}); }});
  // A listener learns first where things stand, so that nothing is lost between a look and its subscription.
  router.add({"GET", "/v1/events", Authority::child, [&view, &events](const HttpRequest&, Reply reply) {
                events.subscribe(reply, event_text("state", state_json(view.state())));
              }});
  router.add({"GET", "/v1/connections", Authority::operator_, [&view](const HttpRequest&, Reply reply) {
                view.list_connections([reply](const ConnectionList& list) mutable { reply.send({.body = connections_json(list) + "\n"}); });
              }});
}

HttpResponse outcome(const Status& done, View& view, std::uint16_t status) {
  if (done) return {.status = status, .body = phase_json(view.state()) + "\n"};
  return error_response(static_cast<std::uint16_t>(done.error().code), done.error().message);
}

}  // namespace lastcall::control
