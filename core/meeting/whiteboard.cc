#include "core/meeting/whiteboard.h"

#include <algorithm>

#include "core/meeting/text.h"

namespace sealhall::meeting {
namespace {

using wire::ErrorCode;
using wire::ShapeKind;

/// Points are pairs of x and y.
bool fits(const wire::Draw& m) {
  switch (m.kind) {
    case ShapeKind::stroke:
      return m.points.size() >= 4 && m.points.size() % 2 == 0;
    case ShapeKind::line:
    case ShapeKind::rectangle:
    case ShapeKind::ellipse:
      return m.points.size() == 4;
    case ShapeKind::text:
      return m.points.size() == 2;
    case ShapeKind::erase:
    case ShapeKind::clear:
      return false;  // by `Erase`
  }
  return false;
}

}  // namespace

void Whiteboard::draw(const Participant& by, const wire::Draw& message, Scene& scene) {
  if (!may_act(by, scene.rules) || (!is_host(by) && !scene.rules.draw)) {
    return scene.refuse(by.number, message.request, ErrorCode::not_allowed);
  }
  wire::BoardItem item;
  item.text = clean_text(message.text);
  const bool in_range = std::ranges::all_of(message.points, [](std::uint32_t v) { return v <= 0xFFFF; });
  if (!fits(message) || !in_range || (message.kind == ShapeKind::text) == item.text.empty()) {
    return scene.refuse(by.number, message.request, ErrorCode::bad_message);
  }
  if (items_.size() >= most_items || points() + message.points.size() > most_points) {
    return scene.refuse(by.number, message.request, ErrorCode::full, "The whiteboard is full. A host can clear it.");
  }
  item.item = next_++;
  item.from = by.number;
  item.kind = message.kind;
  item.points = message.points;
  item.color = message.color;
  item.width = message.width;
  keep(by, message.request, std::move(item), scene);
}

void Whiteboard::erase(const Participant& by, const wire::Erase& message, Scene& scene) {
  if (!may_act(by, scene.rules)) return scene.refuse(by.number, message.request, ErrorCode::not_allowed);
  wire::BoardItem item;
  if (message.item) {
    const auto found = items_.find(*message.item);
    if (found == items_.end()) return scene.refuse(by.number, message.request, ErrorCode::not_found);
    if (!is_host(by) && (found->second.from != by.number || !scene.rules.draw)) {
      return scene.refuse(by.number, message.request, ErrorCode::not_allowed);
    }
    item.kind = ShapeKind::erase;
    item.erases = message.item;
  } else {
    if (!is_host(by)) return scene.refuse(by.number, message.request, ErrorCode::not_allowed);
    item.kind = ShapeKind::clear;
  }
  item.item = next_++;
  item.from = by.number;
  keep(by, message.request, std::move(item), scene);
}

void Whiteboard::keep(const Participant& by, wire::RequestNumber request, wire::BoardItem item, Scene& scene) {
  const auto settled = [this, who = by.number, request](bool kept, const wire::Record& record, Scene& later) {
    if (!kept) return later.refuse(who, request, ErrorCode::internal);
    const auto& done = std::get<wire::BoardItem>(record);
    take_in(done);
    later.tell(later.everybody(), wire::Board{{done}, false});
    later.acknowledge(who, request, done.item);
  };
  if (!ledger_.keep(std::move(item), scene, settled)) scene.refuse(by.number, request, ErrorCode::internal);
}

void Whiteboard::take_in(const wire::BoardItem& item) {
  if (item.kind == ShapeKind::clear) {
    items_.erase(items_.begin(), items_.lower_bound(item.item));
  } else if (item.kind == ShapeKind::erase) {
    items_.erase(item.erases.value_or(0));
  } else {
    items_[item.item] = item;
  }
}

/// In the order of their numbers.
void Whiteboard::restore(wire::BoardItem item) {
  next_ = std::max(next_, item.item + 1);
  take_in(item);
}

void Whiteboard::welcome(const Participant& who, Scene& scene) const {
  wire::Board board{{}, true};
  std::size_t in_message = 0;
  for (const auto& [number, item] : items_) {
    if (in_message + item.points.size() > points_in_message) {
      scene.tell({who.number}, std::exchange(board, wire::Board{{}, false}));
      in_message = 0;
    }
    in_message += item.points.size() + 50;
    board.items.push_back(item);
  }
  if (!board.items.empty()) scene.tell({who.number}, std::move(board));
}

std::size_t Whiteboard::points() const {
  std::size_t sum = 0;
  for (const auto& [number, item] : items_) sum += item.points.size();
  return sum;
}

}  // namespace sealhall::meeting
