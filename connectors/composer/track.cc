#include "connectors/composer/track.h"

#include <algorithm>

namespace sealhall::composer {

namespace {
constexpr std::size_t piece = 4 * envelope::segment_size;
/// Larger journals are not ours.
constexpr std::size_t most_journal = 256U << 20;
}  // namespace

using namespace sealhall::recording;

expected<io::SealedFileReader, io::FileError> PartPlace::open(const std::string& file) const {
  return io::SealedFileReader::open(folder + "/" + file, file_context(account, recording, part, file),
                                    file_key(key, file));
}

std::optional<WebmFrame> TrackReader::next() {
  while (true) {
    auto frame = reader_.next();
    if (!frame) return std::nullopt;
    if (*frame) return std::move(*frame);
    if (at_ >= file_.size()) return std::nullopt;
    const auto size = static_cast<std::size_t>(std::min<std::uint64_t>(piece, file_.size() - at_));
    const auto bytes = file_.read(at_, size);
    if (!bytes) return std::nullopt;
    at_ += size;
    reader_.push(*bytes);
  }
}

expected<FoundPart, std::string> look_at(const PartPlace& place) {
  auto manifest = place.open(std::string{manifest_file});
  if (!manifest) return unexpected(manifest.error().reason);
  const auto text = manifest->read_all(most_journal);
  if (!text) return unexpected(text.error().reason);
  const auto contents = contents_of(parse_manifest(as_text(*text)));
  if (!contents) return unexpected("A part of the recording has no manifest.");
  FoundPart found;
  found.whole = contents->closed.has_value();
  if (contents->closed) found.length_ms = contents->closed->at_ms;
  for (const PartFile& file : contents->files) {
    auto reader = place.open(file.opened.file);
    if (!reader) continue;  // the recorder died between the manifest's line and the file's first bytes
    FoundTrack track{file.opened, reader->size(), 0, reader->complete()};
    if (file.closed && track.whole) {
      track.ended_ms = file.closed->at_ms;
    } else {
      TrackReader frames{std::move(*reader)};
      track.ended_ms = file.opened.at_ms;
      while (const auto frame = frames.next()) track.ended_ms = static_cast<std::uint64_t>(to_millis(frame->time));
    }
    track.ended_ms += file.opened.kind == wire::SourceKind::audio ? 20 : 40;
    found.length_ms = std::max(found.length_ms, track.ended_ms);
    found.tracks.push_back(std::move(track));
  }
  if (auto timeline = place.open(std::string{timeline_file})) {
    found.timeline_size = timeline->size();
    if (const auto lines = timeline->read_all(most_journal)) found.timeline = parse_timeline(as_text(*lines));
  }
  if (auto chat = place.open(std::string{chat_file})) found.chat_size = chat->size();
  return found;
}

}  // namespace sealhall::composer
