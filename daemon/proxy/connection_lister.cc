#include "proxy/connection_lister.h"

#include <algorithm>
#include <vector>

#include "os/socket.h"
#include "proxy/session.h"

namespace lastcall::proxy {

static_assert(static_cast<int>(SessionKind::lingering) == static_cast<int>(proto::ConnectionRow::Kind::lingering));

void list_connections(WorkerContext& context, proto::ConnectionPage& page) {
  std::vector<Session*> all;
  all.reserve(context.sessions.size());
  context.sessions.for_each([&](Session& session) { all.push_back(&session); });
  const std::size_t shown = std::min(all.size(), proto::ConnectionPage::kMost);
  const auto middle = all.begin() + static_cast<std::ptrdiff_t>(shown);
  std::partial_sort(all.begin(), middle, all.end(), [](const Session* a, const Session* b) { return a->since() < b->since(); });
  for (std::size_t i = 0; i < shown; ++i) {
    proto::ConnectionRow& row = page.rows[i];
    row = {};
    row.instance = proto::ConnectionRow::kNoInstance;
    row.kind = static_cast<proto::ConnectionRow::Kind>(all[i]->kind());
    row.age_ms = static_cast<std::uint64_t>(std::max<std::int64_t>(0, to_ms(context.now() - all[i]->since())));
    if (const auto peer = os::peer_address(all[i]->client_descriptor())) row.set_peer(peer.value().to_string());
    if (const Lease* lease = all[i]->lease()) row.instance = lease->number();
    all[i]->describe(row);
  }
  page.total = all.size();
  page.count = shown;
}

}  // namespace lastcall::proxy
