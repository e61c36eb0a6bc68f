// deps: core_envelope
// What lies on a disk: input byte 0 chooses the format. Keys and contexts are fixed and the seeds were sealed with
// them; whatever opens must be what the seeds hold, byte for byte, since nobody can make another.
#include <algorithm>

#include "core/base/check.h"
#include "core/envelope/container.h"
#include "core/envelope/sealed_record.h"
#include "core/envelope/testing.h"
#include "core/envelope/wrapped_key.h"

namespace {
using namespace sealhall;
using namespace sealhall::envelope;

const Context place{"account", "chat", "message", "text"};

void wrapped_key(ByteView input) {
  const auto info = read_wrapped_key(input);
  const auto key = unwrap_key(envelope::testing::key_of(1), place, input);
  SEALHALL_CHECK(!key || (info && *key == envelope::testing::key_of(2)));
}

void record(ByteView input) {
  static RecordKey key{envelope::testing::key_of(2), envelope::testing::id_of(2)};
  const auto opened = key.open(place, input);
  SEALHALL_CHECK(!opened || (data_key_of_record(input) && *opened == envelope::testing::content(opened->size())));
}

void container(ByteView input) {
  const ByteView header = input.first(std::min(input.size(), container_header_size));
  static_cast<void>(read_container_header(header));
  Bytes copy{header.begin(), header.end()};
  static_cast<void>(replace_wrapped_key(copy, input.subspan(input.size() - std::min(input.size(), wrapped_key_size))));
  const auto piece = [input](ByteRange range) {
    const ByteView rest = input.subspan(std::min<std::size_t>(input.size(), range.offset));
    const ByteView part = rest.first(std::min<std::size_t>(rest.size(), range.size));
    return Bytes{part.begin(), part.end()};
  };
  auto recovered = ContainerReader::recover(place, envelope::testing::key_of(2), header, input.size(), piece);
  const auto last = ContainerReader::last_segment(input.size());
  auto reader = last ? ContainerReader::open(place, envelope::testing::key_of(2), header, piece(*last), input.size())
                     : unexpected(last.error());
  SEALHALL_CHECK(!reader || (recovered && reader->complete()));
  if (!recovered) return;
  const ByteRange everything{0, recovered->size()};
  const auto opened = recovered->open_range(everything, piece(recovered->sealed_range(everything).value()));
  SEALHALL_CHECK(opened && *opened == envelope::testing::content(opened->size()));
  // The whole segments of it open without being recovered once more.
  const ByteRange whole{0, recovered->size() / segment_size * segment_size};
  auto known = ContainerReader::open_recovered(place, envelope::testing::key_of(2), header, whole.size);
  SEALHALL_CHECK(known && known->size() == whole.size && !known->complete());
  const auto again = known->open_range(whole, piece(known->sealed_range(whole).value()));
  SEALHALL_CHECK(again && *again == envelope::testing::content(again->size()));
}

}  // namespace

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  if (size == 0) return 0;
  const ByteView input{data + 1, size - 1};
  if (data[0] % 3 == 0) wrapped_key(input);
  if (data[0] % 3 == 1) record(input);
  if (data[0] % 3 == 2) container(input);
  return 0;
}
