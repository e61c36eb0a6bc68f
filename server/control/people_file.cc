#include "server/control/people_file.h"

#include <algorithm>
#include <utility>

#include "io/files/files.h"
#include "server/identity/json_text.h"

namespace sealhall::control {
namespace {

namespace json = boost::json;

/// Takes members out of an object one by one; what is left at the end was not known.
class Members {
 public:
  Members(const json::object& object, std::string where) : object_(object), where_(std::move(where)) {}

  void text(const char* name, std::string& into) {
    if (const json::value* v = take(name))
      v->is_string() ? void(into = v->get_string().c_str()) : wrong(name, "a text");
  }
  /// A text, or the first line of the file that "file:/path" names.
  void secret(const char* name, std::string& into) {
    text(name, into);
    constexpr std::string_view file = "file:";
    if (!into.starts_with(file)) return;
    auto content = io::read_file(into.substr(file.size()), 4096);
    if (!content) return void(problem_ = content.error().reason);
    into = as_text(*content);
    into = into.substr(0, into.find_first_of("\r\n"));
  }
  void flag(const char* name, bool& into) {
    if (const json::value* v = take(name)) v->is_bool() ? void(into = v->get_bool()) : wrong(name, "true or false");
  }
  void list(const char* name, std::vector<std::string>& into) {
    const json::value* v = take(name);
    if (v == nullptr) return;
    if (!v->is_array()) return wrong(name, "a list of texts");
    for (const json::value& one : v->get_array()) {
      one.is_string() ? void(into.emplace_back(one.get_string().c_str())) : wrong(name, "a list of texts");
    }
  }
  const json::value* take(const char* name) {
    seen_.emplace_back(name);
    return object_.if_contains(name);
  }
  void wrong(std::string_view name, std::string_view wanted) {
    problem_ = where_ + ": " + std::string{name} + " must be " + std::string{wanted} + ".";
  }
  /// What was wrong, or that something is there that is not known; "" when all is well.
  std::string problem() const {
    if (!problem_.empty()) return problem_;
    for (const auto& member : object_) {
      const std::string name{member.key()};
      if (std::ranges::find(seen_, name) == seen_.end()) return where_ + ": " + name + " is not known here.";
    }
    return {};
  }

 private:
  const json::object& object_;
  std::string where_;
  std::vector<std::string> seen_;
  std::string problem_;
};

std::string read_mail(const json::object& object, const std::string& path, PeopleOptions& into) {
  io::SmtpSettings s;
  Members m{object, path + ", mail"};
  m.text("server", s.url);
  m.text("from", s.from);
  m.text("from_name", s.from_name);
  m.text("user", s.user);
  m.secret("password", s.password);
  m.text("ca_file", s.ca_file);
  m.flag("allow_clear_text", s.allow_clear_text);
  into.smtp = std::move(s);
  return m.problem();
}

std::string read_provider(const json::object& object, const std::string& path, PeopleOptions& into) {
  identity::OidcProvider p;
  Members m{object, path + ", providers"};
  m.text("id", p.id);
  m.text("name", p.name);
  m.text("issuer", p.issuer);
  m.text("client_id", p.client_id);
  m.secret("client_secret", p.client_secret);
  m.text("scope", p.scope);
  m.list("email_domains", p.email_domains);
  m.flag("sign_up", p.sign_up);
  m.flag("link_by_email", p.link_by_email);
  m.text("ca_file", p.ca_file);
  m.flag("allow_clear_text", p.allow_clear_text);
  into.providers.push_back(std::move(p));
  return m.problem();
}

}  // namespace

expected<void, std::string> read_people_file(const std::string& path, PeopleOptions& into) {
  if (!io::file_exists(path)) return {};
  const auto content = io::read_file(path, 256U << 10);
  if (!content) return unexpected(content.error().reason);
  const auto object = identity::json_object(as_text(*content), 256U << 10);
  if (!object) return unexpected("The file " + path + " is not a JSON object.");
  Members m{*object, path};
  std::string problem;
  if (const json::value* mail = m.take("mail")) {
    problem = mail->is_object() ? read_mail(mail->get_object(), path, into) : path + ": mail must be an object.";
  }
  if (const json::value* providers = m.take("providers"); providers != nullptr && problem.empty()) {
    if (!providers->is_array()) return unexpected(path + ": providers must be a list.");
    for (const json::value& one : providers->get_array()) {
      if (!one.is_object()) return unexpected(path + ": providers must be a list of objects.");
      if (problem.empty()) problem = read_provider(one.get_object(), path, into);
    }
  }
  m.text("breached_passwords", into.breached_passwords);
  if (problem.empty()) problem = m.problem();
  if (!problem.empty()) return unexpected(problem);
  return {};
}

}  // namespace sealhall::control
