#include "server/media/link_packer.h"

#include <cstring>

namespace sealhall::media {

bool LinkPacker::add(std::uint32_t own_worker, ByteView head, ByteView body) noexcept {
  const std::size_t size = head.size() + body.size();
  if (size == 0 || size > 0xFFFF) return false;
  if (bytes_ == nullptr) bytes_ = std::make_unique<std::uint8_t[]>(capacity);
  const std::size_t start = fill_ == 0 ? 4 : fill_;
  if (start + 2 + size > capacity) return false;
  if (fill_ == 0) store_u32(bytes_.get(), own_worker);
  std::uint8_t* out = bytes_.get() + start;
  store_u16(out, static_cast<std::uint16_t>(size));
  if (!head.empty()) std::memcpy(out + 2, head.data(), head.size());
  if (!body.empty()) std::memcpy(out + 2 + head.size(), body.data(), body.size());
  fill_ = start + 2 + size;
  return true;
}

}  // namespace sealhall::media
