#include "core/meeting/files.h"

#include <algorithm>
#include <array>

#include "core/base/encoding.h"
#include "core/meeting/text.h"

namespace sealhall::meeting {
namespace {

using wire::ErrorCode;

std::string fresh_name(RandomSource& random, std::size_t bytes) {
  Bytes out(bytes);
  random.fill(out);
  return to_base64url(out);
}

}  // namespace

std::string file_name(std::string_view text) {
  constexpr std::size_t most = 255;
  text.remove_prefix(std::min(text.size(), text.find_last_of("/\\") + 1));
  std::string cleaned = clean_text(text);
  std::string out;
  std::size_t characters = 0;
  for (std::string_view rest = cleaned; !rest.empty() && characters < most; ++characters) {
    const auto [c, size] = front_code_point(rest);
    if (c == '\n' || c == '\t') {
      out += ' ';
    } else {
      out += rest.substr(0, size);
    }
    rest.remove_prefix(size);
  }
  return out == "." || out == ".." ? std::string{} : out;
}

void Files::offer(const Participant& by, const wire::OfferFile& message, Scene& scene) {
  const bool may = may_act(by, scene.rules) && (is_host(by) || scene.rules.chat != wire::ChatPolicy::nobody);
  if (!may || scene.max_file_size == 0) return scene.refuse(by.number, message.request, ErrorCode::not_allowed);
  wire::ChatFile file{{}, file_name(message.name), message.size};
  if (file.name.empty() || message.size == 0) {
    return scene.refuse(by.number, message.request, ErrorCode::bad_message);
  }
  if (message.size > scene.max_file_size) {
    return scene.refuse(by.number, message.request, ErrorCode::full, "This file is too large for this meeting.");
  }
  const auto waiting = std::ranges::count_if(uploads_, [&](const auto& entry) { return entry.second.by == by.number; });
  if (static_cast<std::size_t>(waiting) >= most_of_one) {
    return scene.refuse(by.number, message.request, ErrorCode::full);
  }
  file.file = fresh_name(scene.random, 16);
  const std::string ticket = fresh_name(scene.random, 32);
  scene.out.emplace_back(FileOffered{file.file, ticket, file.size});
  scene.tell({by.number}, wire::FileTicket{message.request, file.file, ticket, file.name, file.size, piece_size});
  const std::string id = file.file;
  uploads_[id] = {by.number, std::move(file), false};
}

void Files::ready(const FileReady& input, Scene& scene) {
  const auto it = uploads_.find(input.file);
  if (it == uploads_.end()) return;
  it->second.ready = input.stored;
  scene.tell({it->second.by}, wire::FileStored{input.file, input.stored, input.message});
  if (!input.stored) uploads_.erase(it);
}

void Files::get(const Participant& by, const wire::GetFile& message, const ChatRoom& chat, Scene& scene) const {
  const auto file = chat.file_for(by, message.file);
  if (!file) return scene.refuse(by.number, message.request, ErrorCode::not_found);
  const std::string ticket = fresh_name(scene.random, 32);
  scene.out.emplace_back(FileWanted{file->file, ticket});
  scene.tell({by.number}, wire::FileTicket{message.request, file->file, ticket, file->name, file->size, piece_size});
}

std::optional<std::vector<wire::ChatFile>> Files::take(const Participant& by,
                                                       const std::vector<std::string>& files) const {
  std::vector<wire::ChatFile> out;
  for (const std::string& file : files) {
    const auto it = uploads_.find(file);
    if (it == uploads_.end() || !it->second.ready || it->second.by != by.number) return std::nullopt;
    if (std::ranges::find(out, file, &wire::ChatFile::file) != out.end()) return std::nullopt;
    out.push_back(it->second.file);
  }
  return out;
}

void Files::gone(ParticipantNumber who) {
  std::erase_if(uploads_, [&](const auto& entry) { return entry.second.by == who; });
}

}  // namespace sealhall::meeting
