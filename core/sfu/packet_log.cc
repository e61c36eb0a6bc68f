#include "core/sfu/packet_log.h"

#include <bit>

#include "core/base/check.h"

namespace sealhall::sfu {

PacketLog::PacketLog(std::uint32_t entries, std::uint32_t bytes)
    : entries_(std::make_unique<LogEntry[]>(entries)),
      bytes_(std::make_unique<std::uint8_t[]>(bytes)),
      entry_mask_(entries - 1),
      byte_mask_(bytes - 1) {
  SEALHALL_CHECK(std::has_single_bit(entries) && std::has_single_bit(bytes));
}

std::uint32_t PacketLog::append(const LogEntry& entry, ByteView payload) noexcept {
  const std::uint32_t capacity = byte_mask_ + 1;
  SEALHALL_CHECK(payload.size() <= capacity && payload.size() <= 0xffff);
  const auto size = static_cast<std::uint32_t>(payload.size());
  // A payload lies in one piece: what does not fit before the end of the ring starts at its beginning.
  const std::uint32_t to_end = capacity - (write_ & byte_mask_);
  const std::uint32_t position = size > to_end ? write_ + to_end : write_;
  const std::uint32_t end = position + size;
  if (head_ - tail_ == entry_mask_ + 1) ++tail_;
  while (tail_ != head_ && end - entries_[tail_ & entry_mask_].position > capacity) ++tail_;

  LogEntry& stored = entries_[head_ & entry_mask_];
  stored = entry;
  stored.position = position;
  stored.size = static_cast<std::uint16_t>(size);
  if (size != 0) std::memcpy(&bytes_[position & byte_mask_], payload.data(), size);
  write_ = end;
  return head_++;
}

}  // namespace sealhall::sfu
