// A connected (or connecting) stream socket in a worker's poller: non-blocking reads into the caller's buffer, writes at once with a
// queue for what the kernel does not take, half-close after the queue. Holds no buffer while it idles. Owned by a session or the
// upstream pool; its owner is told of readiness and pulls. Never reads by itself, so back-pressure is simply not calling read() (G94).
#pragma once

#include <sys/uio.h>

#include <memory>
#include <span>

#include "base/address.h"
#include "base/result.h"
#include "base/unique_fd.h"
#include "io/poller.h"

namespace lastcall::io {

class Stream;

class StreamOwner {
 public:
  virtual ~StreamOwner() = default;
  // Something changed: data or EOF can be read, queued bytes left, the connect ended, or the peer reset. May destroy the stream.
  virtual void on_stream(Stream& stream) = 0;
};

class Stream final : public Pollable {
 public:
  enum class Read : std::uint8_t { data, would_block, end, failed };
  struct ReadResult {
    Read what;
    std::size_t size;  // with `data`
  };

  // Takes an accepted or connected non-blocking socket. It is registered as soon as its owner has to wait for it: once read() gives
  // would_block, peek() has looked, bytes are queued or our FIN is sent; and after some milliseconds in any case (Poller::add_late). What
  // the peer does until then is seen by read(), else only afterwards.
  static std::unique_ptr<Stream> adopt(Poller& poller, UniqueFd socket, StreamOwner& owner);
  // Begins a connect; connecting() until on_stream() says otherwise. A refused connect may be returned here or arrive as failed().
  static Result<std::unique_ptr<Stream>> connect(Poller& poller, const Address& to, StreamOwner& owner);
  ~Stream() override;

  void set_owner(StreamOwner& owner) { owner_ = &owner; }

  bool connecting() const { return connecting_; }
  bool failed() const { return error_ != 0; }  // reset, refused, timed out: nothing more can be read or written
  int error() const { return error_; }         // errno, 0 if none
  bool readable() const { return readable_ && error_ == 0; }  // read() may give data or end, and where not nobody is told before it was tried
  bool peer_closed() const { return peer_closed_; }           // the kernel saw FIN: what is left to read ends with `end`
  bool ended() const { return ended_; }                       // read() has returned `end`
  // RST or both directions gone, seen even while not reading (G28): nothing can be sent any more. What the peer sent before may still
  // be read, so the reader of an upstream goes on until read() gives `end` or `failed`; the writer of a client gives up.
  bool aborted() const { return aborted_; }

  ReadResult read(std::span<char> into);
  // What has arrived, from its first byte, without taking it. A later byte, or FIN, brings on_stream() again.
  ReadResult peek(std::span<char> into);

  // Sends what the kernel takes and queues copies of the rest. Nothing is queued or sent after shutdown_write(), abort or failure, which
  // is never reported from here: the kernel's edge brings on_stream() in a later turn.
  void write(std::span<const iovec> slices);
  void write(std::string_view bytes);
  std::size_t queued() const { return queue_ ? queue_->size() - queue_sent_ : 0; }  // bytes; stop reading the other side while > 0
  void shutdown_write();       // FIN after the queue is sent
  bool write_shut() const { return shut_requested_; }
  bool write_done() const { return shut_sent_; }  // FIN handed to the kernel

  // True if the peer has neither closed nor sent anything since: safe to send a request on (G61). One recv(MSG_PEEK).
  bool quiet();
  // True if nothing that the peer sent is unread, whether it has closed or not: destroying the stream now sends a FIN, no RST. Same cost.
  bool emptied();
  void reset();  // RST instead of FIN when destroyed (G27: abuse and the final deadline only)
  int fd() const { return socket_.get(); }
  std::uint64_t bytes_read() const { return bytes_read_; }
  std::uint64_t bytes_written() const { return bytes_written_; }

 private:
  Stream(Poller& poller, UniqueFd socket, StreamOwner& owner, bool connecting);
  void on_ready(std::uint32_t events) override;
  ReadResult look(std::span<char> into) const;  // at what has arrived; `failed`: errno says why
  void watch() { poller_.hurry(fd(), *this); }
  bool finish_connect();
  std::size_t send_slices(std::span<const iovec> slices);
  void enqueue(std::span<const iovec> slices, std::size_t skip);
  bool flush();
  void send_fin();
  void abort_writing(int code);
  void fail(int code);

  Poller& poller_;
  StreamOwner* owner_;
  UniqueFd socket_;
  int error_ = 0;
  int write_error_ = 0;  // of a send; reported by read() in place of the EOF that a consumed error looks like
  bool connecting_, readable_ = false, writable_ = false, peer_closed_ = false, ended_ = false, aborted_ = false;
  bool shut_requested_ = false, shut_sent_ = false;
  std::unique_ptr<std::string> queue_;
  std::size_t queue_sent_ = 0;
  std::uint64_t bytes_read_ = 0, bytes_written_ = 0;
};

}  // namespace lastcall::io
