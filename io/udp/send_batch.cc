#include "io/udp/send_batch.h"

#include "core/base/check.h"

namespace sealhall::io {

SendBatch::SendBatch(DatagramSink& sink) : sink_(sink), buffer_(std::make_unique<std::uint8_t[]>(buffer_size)) {}

MutableBytes SendBatch::prepare(const ice::Address& to) noexcept {
  if (count_ == max_messages || buffer_size - fill_ < max_datagram) flush();
  next_to_ = to;
  return {&buffer_[fill_], max_datagram};
}

void SendBatch::commit(std::size_t size) noexcept {
  SEALHALL_CHECK(size > 0 && size <= max_datagram);
  const ByteView bytes{&buffer_[fill_], size};
  fill_ += size;
  if (open_ && count_ > 0) {
    OutMessage& last = messages_[count_ - 1];
    const bool fits = last.to == next_to_ && size <= last.segment && last.datagrams() < max_segments &&
                      last.bytes.size() + size <= max_message_bytes;
    if (fits) {
      last.bytes = {last.bytes.data(), last.bytes.size() + size};
      open_ = size == last.segment;  // a shorter one can only be the last (udp(7))
      return;
    }
  }
  messages_[count_++] = {next_to_, bytes, static_cast<std::uint16_t>(size)};
  open_ = true;
}

void SendBatch::flush() noexcept {
  if (count_ > 0) sink_.send({messages_.data(), count_});
  count_ = 0;
  fill_ = 0;
  open_ = false;
}

}  // namespace sealhall::io
