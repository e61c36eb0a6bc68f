#include "connectors/composer/scene.h"

#include <algorithm>
#include <cmath>
#include <type_traits>
#include <utility>

namespace sealhall::composer {
namespace {

std::uint32_t even(double value) { return static_cast<std::uint32_t>(value) & ~1U; }

bool is_person(wire::ClientKind kind) noexcept {
  return kind != wire::ClientKind::recorder && kind != wire::ClientKind::stream;
}

void grid(const std::vector<wire::ParticipantNumber>& people, const Rect& area, std::vector<Tile>& out) {
  if (people.empty()) return;
  // The grid whose 16:9 tiles are largest.
  std::size_t best_columns = 1;
  double best = 0;
  for (std::size_t columns = 1; columns <= people.size(); ++columns) {
    const std::size_t rows = (people.size() + columns - 1) / columns;
    const double w = static_cast<double>(area.width) / static_cast<double>(columns);
    const double h = static_cast<double>(area.height) / static_cast<double>(rows);
    if (const double size = std::min(w, h * 16 / 9); size > best + 0.5) {
      best = size;
      best_columns = columns;
    }
  }
  const std::size_t rows = (people.size() + best_columns - 1) / best_columns;
  const double w = static_cast<double>(area.width) / static_cast<double>(best_columns);
  const double h = static_cast<double>(area.height) / static_cast<double>(rows);
  for (std::size_t i = 0; i < people.size(); ++i) {
    const std::size_t row = i / best_columns;
    const std::size_t in_row = row + 1 < rows ? best_columns : people.size() - row * best_columns;
    const double indent = (static_cast<double>(area.width) - w * static_cast<double>(in_row)) / 2;
    out.push_back({{area.x + even(indent + w * static_cast<double>(i % best_columns)),
                    area.y + even(h * static_cast<double>(row)), even(w), even(h)},
                   people[i],
                   false});
  }
}

}  // namespace

Rect fit(std::uint32_t width, std::uint32_t height, const Rect& into) {
  if (width == 0 || height == 0) return into;
  const double scale = std::min(static_cast<double>(into.width) / width, static_cast<double>(into.height) / height);
  Rect out;
  out.width = std::clamp(even(width * scale + 0.5), 2U, into.width);
  out.height = std::clamp(even(height * scale + 0.5), 2U, into.height);
  out.x = into.x + (((into.width - out.width) / 2) & ~1U);
  out.y = into.y + (((into.height - out.height) / 2) & ~1U);
  return out;
}

std::vector<Tile> arrange(const Moment& moment, wire::recorder::Layout layout, std::uint32_t width,
                          std::uint32_t height) {
  std::vector<wire::ParticipantNumber> people = moment.present;
  const auto is_here = [&](wire::ParticipantNumber p) { return std::ranges::find(people, p) != people.end(); };
  if (people.size() > most_tiles) {
    // Who speaks is never the one who does not fit.
    std::vector<wire::ParticipantNumber> first;
    for (const auto p : moment.loudest) {
      if (is_here(p)) first.push_back(p);
    }
    for (const auto p : people) {
      if (first.size() < most_tiles && std::ranges::find(first, p) == first.end()) first.push_back(p);
    }
    std::erase_if(people, [&](auto p) { return std::ranges::find(first, p) == first.end(); });
  }
  std::vector<Tile> tiles;
  const auto speaker = std::ranges::find_if(moment.loudest, is_here);
  const bool shares = !moment.sharing.empty();
  if (!shares && (layout == wire::recorder::Layout::gallery || people.size() < 2)) {
    grid(people, {0, 0, width, height}, tiles);
    return tiles;
  }
  // Something large at the left, the others in a column at the right.
  constexpr std::size_t most_aside = 5;
  std::vector<wire::ParticipantNumber> aside = people;
  wire::ParticipantNumber large = 0;
  if (shares) {
    large = moment.sharing.back();  // the newest
    if (speaker != moment.loudest.end()) {
      std::erase(aside, *speaker);
      aside.insert(aside.begin(), *speaker);
    }
  } else {
    large = speaker != moment.loudest.end() ? *speaker : people.front();
    std::erase(aside, large);
  }
  if (aside.size() > most_aside) aside.resize(most_aside);
  const std::uint32_t column = aside.empty() ? 0 : even(width * 0.2);
  tiles.push_back({{0, 0, width - column, height}, large, shares});
  const std::uint32_t tile_height = even(std::min(column * 9.0 / 16, height / static_cast<double>(most_aside)));
  for (std::size_t i = 0; i < aside.size(); ++i) {
    tiles.push_back(
        {{width - column, static_cast<std::uint32_t>(i) * tile_height, column, tile_height}, aside[i], false});
  }
  return tiles;
}

SceneClock::SceneClock(std::vector<recording::TimelineLine> lines) : lines_(std::move(lines)) {
  for (const auto& line : lines_) {
    if (const auto* came = std::get_if<recording::Came>(&line)) ever_.push_back(came->participant);
  }
}

void SceneClock::assume(wire::ParticipantNumber participant, const std::string& name, std::uint64_t from_ms,
                        std::uint64_t to_ms) {
  names_.try_emplace(participant, name);
  if (std::ranges::find(ever_, participant) == ever_.end()) assumed_.push_back({participant, from_ms, to_ms});
}

const Moment& SceneClock::at(std::uint64_t ms) {
  const auto when = [](const auto& l) { return l.at_ms; };
  while (next_ < lines_.size() && std::visit(when, lines_[next_]) <= ms) {
    const auto& line = lines_[next_++];
    if (const auto* came = std::get_if<recording::Came>(&line)) {
      names_[came->participant] = came->name;
      if (is_person(came->client)) came_.push_back(came->participant);
    } else if (const auto* renamed = std::get_if<recording::Renamed>(&line)) {
      names_[renamed->participant] = renamed->name;
    } else if (const auto* gone = std::get_if<recording::Gone>(&line)) {
      std::erase(came_, gone->participant);
      std::erase(moment_.sharing, gone->participant);
    } else if (const auto* speaking = std::get_if<recording::Speaking>(&line)) {
      moment_.loudest = speaking->participants;
    } else if (const auto* sharing = std::get_if<recording::Sharing>(&line)) {
      std::erase(moment_.sharing, sharing->participant);
      if (sharing->on) moment_.sharing.push_back(sharing->participant);
    }
  }
  moment_.present = came_;
  for (const Assumed& a : assumed_) {
    const bool known = std::ranges::find(moment_.present, a.participant) != moment_.present.end();
    if (!known && a.from_ms <= ms && ms < a.to_ms) moment_.present.push_back(a.participant);
  }
  return moment_;
}

std::string SceneClock::name_of(wire::ParticipantNumber participant) const {
  const auto it = names_.find(participant);
  return it == names_.end() ? std::string{} : it->second;
}

}  // namespace sealhall::composer
