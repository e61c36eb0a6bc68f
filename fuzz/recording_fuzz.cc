// deps: core_recording core_wire
// What a recorder left behind, and what it says on its channel: any bytes are read without harm, and ours are
// understood again.
#include "core/base/check.h"
#include "core/recording/journal.h"
#include "core/recording/webm_reader.h"
#include "core/wire/recorder_channel.h"

using namespace sealhall;
using namespace sealhall::recording;

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  if (size == 0) return 0;
  const ByteView rest{data + 1, size - 1};
  if (data[0] % 4 == 0) {
    const auto lines = parse_manifest(as_text(rest));
    if (const auto contents = contents_of(lines)) {
      for (const PartFile& file : contents->files) SEALHALL_CHECK(is_part_file_name(file.opened.file));
    }
    for (const ManifestLine& line : lines) SEALHALL_CHECK(parse_manifest(line_of(line)).size() == 1);
    for (const TimelineLine& line : parse_timeline(as_text(rest)))
      SEALHALL_CHECK(parse_timeline(line_of(line)).size() == 1);
    for (const ChatJournalLine& line : parse_chat(as_text(rest))) SEALHALL_CHECK(parse_chat(line_of(line)).size() == 1);
    return 0;
  }
  if (data[0] % 4 == 1) {
    if (const auto m = wire::recorder::decode_to_recorder(as_text(rest)))
      SEALHALL_CHECK(wire::recorder::decode_to_recorder(wire::recorder::encode(*m)).has_value());
    if (const auto m = wire::recorder::decode_from_recorder(as_text(rest)))
      SEALHALL_CHECK(wire::recorder::decode_from_recorder(wire::recorder::encode(*m)).has_value());
    static_cast<void>(wire::recorder::decode_to_composer(as_text(rest)));
    static_cast<void>(wire::recorder::decode_from_composer(as_text(rest)));
    return 0;
  }
  WebmReader reader;
  const std::size_t cut = rest.size() / (1 + data[0] / 4);
  for (const ByteView piece : {rest.first(cut), rest.subspan(cut)}) {
    reader.push(piece);
    while (true) {
      const auto frame = reader.next();
      if (!frame) return 0;
      if (!*frame) break;
      SEALHALL_CHECK(reader.track().has_value());
    }
  }
  return 0;
}
