// What the access log has to say about a request: its line and two fields are copied while they are there, the rest is noted as it happens.
#include "proxy/http1_session.h"

namespace lastcall::proxy {
namespace {

using proto::AccessLine;

// The start line as it came; empty lines before it are none (RFC 9112 section 2.2).
std::string_view start_line(std::string_view data) {
  const std::size_t begin = data.find_first_not_of("\r\n");
  if (begin == std::string_view::npos) return {};
  return data.substr(begin, data.find_first_of("\r\n", begin) - begin);
}

// One byte more than will be shown, so that it is seen to be cut.
void keep(std::string& into, std::string_view text, std::size_t limit) { into.assign(text.substr(0, limit + 1)); }

}  // namespace

// At the end of a head, good (`head`) or bad; `data` begins with it. The session counts as finite already.
void Http1Session::begin_entry(std::string_view data, const proto::RequestHead* head) {
  entry_ = context_.access_log->begin(since());
  entry_->sent_before = client_->bytes_written();
  entry_->in_flight = context_.sessions.count(SessionKind::finite);
  keep(entry_->request, start_line(data), AccessLine::kMaxRequest);
  if (head == nullptr) return;
  for (const proto::Field& field : head->fields) {
    if (field.id != proto::FieldId::other) continue;
    if (proto::equals_ignoring_case(field.name, "referer")) keep(entry_->referer, field.value, AccessLine::kMaxReferer);
    if (proto::equals_ignoring_case(field.name, "user-agent")) keep(entry_->user_agent, field.value, AccessLine::kMaxUserAgent);
  }
}

// `id`: the one that we give; empty where a trusted peer's is kept, or where there is none.
void Http1Session::name_entry(std::string_view id) {
  const std::string& name = context_.forward_policy.request_id;
  if (id.empty() && !name.empty())
    for (const proto::Field& field : context_.request_head.fields)
      if (proto::equals_ignoring_case(field.name, name)) id = field.value;
  keep(entry_->id, id, AccessLine::kMaxId);
}

void Http1Session::end_entry() {
  if (!entry_) return;
  if (tunnel_) entry_->note(proto::AccessOutcome::ok);
  const io::Stream& client = tunnel_ ? tunnel_->client() : *client_;
  context_.access_log->end(std::move(entry_), {peer_.data(), peer_size_}, client.bytes_written(), to_string(context_.phase));
}

}  // namespace lastcall::proxy
