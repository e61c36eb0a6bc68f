// `sealhall webhook`: who is told what happens here, whether it arrived, and sending it once more.
#include <CLI/CLI.hpp>
#include <boost/json.hpp>
#include <iostream>

#include "client/admin/account_options.h"
#include "client/admin/commands.h"

namespace sealhall::admin {
namespace {

namespace json = boost::json;

constexpr const char* base = "/v2/marketplace/app/event_subscription";

std::string path_of(const std::string& id) { return std::string{base} + "/" + io::percent_encode(id); }

void print(const json::object& subscription) {
  std::cout << text_of(subscription, "event_subscription_id") << "  " << text_of(subscription, "status") << "  "
            << text_of(subscription, "event_webhook_url") << "\n";
  if (const auto* events = subscription.if_contains("events"); events != nullptr && events->is_array()) {
    std::cout << "  ";
    for (const auto& name : events->as_array()) {
      if (name.is_string()) std::cout << " " << std::string_view{name.get_string()};
    }
    std::cout << "\n";
  }
  if (const std::string secret = text_of(subscription, "secret_token"); !secret.empty())
    std::cout << "  secret: " << secret << "  (it is told this once)\n";
}

int answered(const expected<json::object, Problem>& answer, const char* sentence) {
  if (!answer) return fail(answer.error());
  std::cout << sentence << "\n";
  return 0;
}

int list(RestSession& session) {
  const auto answer = session.call("GET", std::string{base} + "?page_size=300");
  if (!answer) return fail(answer.error());
  for_each_object(*answer, "event_subscriptions", print);
  return 0;
}

int log(RestSession& session, const std::string& id, const std::string& state) {
  const auto answer = session.call(
      "GET", path_of(id) + "/deliveries?page_size=300" + (state.empty() ? "" : "&status=" + io::percent_encode(state)));
  if (!answer) return fail(answer.error());
  for_each_object(*answer, "deliveries", [](const json::object& d) {
    std::cout << text_of(d, "created_at") << "  " << text_of(d, "delivery_id") << "  " << text_of(d, "status") << "  "
              << text_of(d, "event") << "  attempts " << text_of(d, "attempts");
    for (const char* more : {"last_status", "last_error"}) {
      if (const std::string text = text_of(d, more); !text.empty()) std::cout << "  " << text;
    }
    if (const std::string next = text_of(d, "next_attempt_at"); !next.empty()) std::cout << "  again " << next;
    std::cout << "\n";
  });
  return 0;
}

}  // namespace

int webhook_main(int argc, char** argv) {
  CLI::App app{"Tell programs of yours what happens here; see what arrived, and send it again.", "sealhall webhook"};
  app.require_subcommand(1);
  AccountOptions account;
  std::string url;
  std::string secret;
  std::string id;
  std::string delivery;
  std::string state;
  std::vector<std::string> events;
  auto* list_command = app.add_subcommand("list", "the subscriptions");
  auto* add_command = app.add_subcommand("add", "subscribe; the address is challenged at once");
  auto* check_command = app.add_subcommand("check", "challenge the address again now");
  auto* remove_command = app.add_subcommand("remove", "end a subscription");
  auto* log_command = app.add_subcommand("log", "what was sent in the last seven days, and what waits");
  auto* show_command = app.add_subcommand("show", "the body of a delivery");
  auto* replay_command = app.add_subcommand("replay", "send a delivery once more");
  for (auto* command : app.get_subcommands({})) account.add_to(*command);
  add_command->add_option("URL", url, "where to send to")->required();
  add_command->add_option("--events", events, "e.g. meeting.started,recording.completed")->delimiter(',')->required();
  add_command->add_option("--secret", secret, "what requests are signed with; one is made when you give none");
  for (auto* command : {check_command, remove_command, log_command, show_command, replay_command})
    command->add_option("ID", id, "the subscription, as `list` prints it")->required();
  for (auto* command : {show_command, replay_command})
    command->add_option("DELIVERY", delivery, "as `log` prints it")->required();
  log_command->add_option("--status", state, "only these")->check(CLI::IsMember({"waiting", "delivered", "failed"}));
  if (const auto code = parse(app, argc, argv)) return *code;
  auto opened = account.sign_in();
  if (!opened) return fail(opened.error());
  RestSession& session = **opened;
  if (list_command->parsed()) return list(session);
  if (log_command->parsed()) return log(session, id, state);
  if (remove_command->parsed()) return answered(session.call("DELETE", path_of(id)), "Nothing is sent there any more.");
  if (add_command->parsed() || check_command->parsed()) {
    json::object body;
    if (add_command->parsed()) {
      body["event_webhook_url"] = url;
      body["events"] = json::array(events.begin(), events.end());
      if (!secret.empty()) body["secret_token"] = secret;
    }
    const auto answer = session.call("POST", add_command->parsed() ? base : path_of(id) + "/validation", body);
    if (!answer) return fail(answer.error());
    print(*answer);
    return 0;
  }
  const std::string path = path_of(id) + "/deliveries/" + io::percent_encode(delivery);
  if (replay_command->parsed()) return answered(session.call("POST", path + "/replay"), "It is sent once more.");
  const auto answer = session.call("GET", path);
  if (!answer) return fail(answer.error());
  std::cout << text_of(*answer, "request_body") << "\n";
  return 0;
}

}  // namespace sealhall::admin
