#include "server/api/csv.h"

#include <algorithm>
#include <vector>

namespace sealhall::api {
namespace {

const void* inside(const Field& field, const void* object) {
  return field.in(const_cast<void*>(object));  // NOLINT: the accessor does not write
}

std::string cell_of(std::string_view text, bool from_outside) {
  constexpr std::string_view begins_formula = "=+-@\t\r";
  std::string cell;
  if (from_outside && !text.empty() && begins_formula.find(text.front()) != std::string_view::npos) cell = "'";
  cell += text;
  if (cell.find_first_of(",\"\r\n") == std::string::npos) return cell;
  std::string quoted = "\"";
  for (const char c : cell) {
    if (c == '"') quoted += '"';
    quoted += c;
  }
  return quoted + "\"";
}

const Type& plain(const Type& type) { return type.kind == Kind::optional ? plain(type.element()) : type; }

/// A word is ours, everything that was a text may be anything.
std::string plain_text(const Type& type, const void* value) {
  if (type.kind == Kind::text) return *static_cast<const std::string*>(value);
  std::string json = write_json(type, value);
  if (json.size() >= 2 && json.front() == '"' && (type.kind == Kind::word || type.kind == Kind::bytes)) {
    return json.substr(1, json.size() - 2);
  }
  return json;
}

bool is_plain(const Type& type) { return type.kind != Kind::object && type.kind != Kind::list; }

using Cells = std::vector<std::string>;

std::string line_of(const Cells& cells) {
  std::string out;
  for (std::size_t i = 0; i < cells.size(); ++i) out += (i > 0 ? "," : "") + cells[i];
  return out + "\r\n";
}

void add_names(const Type& type, const std::string& before, Cells& out) {
  for (const Field& field : type.fields) {
    const Type& inner = plain(field.type());
    const std::string name = before + std::string{field.name};
    if (inner.kind == Kind::object) {
      add_names(inner, inner.is_flat ? before : name + ".", out);
    } else {
      out.push_back(name);
    }
  }
}

std::string list_cell(const Type& list, const void* value) {
  if (!is_plain(list.element())) return cell_of(write_json(list, value), true);
  std::string all;
  for (std::size_t i = 0, n = list.count(value); i < n; ++i) {
    if (i > 0) all += "; ";
    all += plain_text(list.element(), list.at(value, i));
  }
  return cell_of(all, true);
}

/// `object` null: as many empty cells.
void add_cells(const Type& type, const void* object, Cells& out) {
  for (const Field& field : type.fields) {
    const Type* inner = &field.type();
    const void* value = object == nullptr ? nullptr : inside(field, object);
    while (inner->kind == Kind::optional) {
      if (value != nullptr) value = inner->get(value);
      inner = &inner->element();
    }
    if (inner->kind == Kind::object) {
      add_cells(*inner, value, out);
    } else if (value == nullptr) {
      out.emplace_back();
    } else if (inner->kind == Kind::list) {
      out.push_back(list_cell(*inner, value));
    } else {
      out.push_back(cell_of(plain_text(*inner, value), inner->kind == Kind::text));
    }
  }
}

const Field* list_of(const Type& answer) {
  for (const Field& field : answer.fields) {
    if (field.type().kind == Kind::list && field.type().element().kind == Kind::object) return &field;
  }
  return nullptr;
}

}  // namespace

std::string write_csv(const Type& answer, const void* value) {
  const Field* field = list_of(answer);
  if (field == nullptr) return {};
  const Type& list = field->type();
  Cells cells;
  add_names(list.element(), "", cells);
  std::string out = line_of(cells);
  const void* rows = inside(*field, value);
  for (std::size_t i = 0, n = list.count(rows); i < n; ++i) {
    cells.clear();
    add_cells(list.element(), list.at(rows, i), cells);
    out += line_of(cells);
  }
  return out;
}

std::string text_field(const Type& type, const void* value, std::string_view name) {
  for (const Field& field : type.fields) {
    const Type& inner = field.type();
    if (inner.is_flat) {
      if (std::string found = text_field(inner, inside(field, value), name); !found.empty()) return found;
    } else if (field.name == name && inner.kind == Kind::text) {
      return *static_cast<const std::string*>(inside(field, value));
    }
  }
  return {};
}

bool has_field(const Type& type, std::string_view name) {
  return std::ranges::any_of(type.fields, [&](const Field& field) {
    const Type& inner = field.type();
    return inner.is_flat ? has_field(inner, name) : field.name == name;
  });
}

}  // namespace sealhall::api
