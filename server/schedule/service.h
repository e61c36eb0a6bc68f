// Scheduling as the server does it: meetings, occurrences, registrations, who may join. Content is sealed on its way to
// the store; what happened is published; who must hear of it gets mail. Everything on the loop's thread.
#pragma once

#include <functional>
#include <map>
#include <memory>
#include <optional>
#include <string>
#include <vector>

#include "server/api/caller.h"
#include "server/events.h"
#include "server/meeting_policies.h"
#include "server/schedule/letters.h"
#include "server/schedule/people.h"
#include "server/schedule/sealing.h"
#include "server/schedule/service_types.h"
#include "store/schedule.h"

namespace sealhall::schedule {

class Service {
 public:
  /// Whose start token (of a person, not of one meeting) this is; nullopt: it is none.
  using Starter = std::function<void(const std::string& token, api::Done<std::optional<std::string>> done)>;
  struct Parts {
    store::Schedule& store;
    People& people;
    vault::Vault& vault;
    EventBus& events;
    io::Mailer& mailer;
    const io::WallClock& clock;
    RandomSource& random;
    std::string public_url;  ///< without a slash at the end
    /// Of the meetings that run now.
    std::function<bool(const std::string& meeting_id)> running;
    std::function<void(const std::string& meeting_id)> end_running;
    std::string zone_folder = "/usr/share/zoneinfo";
    Starter starter = nullptr;  ///< none: there are no such tokens
    /// What counts for a host's meetings. None: nobody has set any.
    std::function<void(const std::string& account_id, const std::string& user_id, api::Done<MeetingPolicies>)>
        policies_of = nullptr;
    /// Whether somebody may schedule for somebody; none: nobody may.
    std::function<void(const std::string& assistant, const std::string& owner, api::Done<bool>)> assists = nullptr;
    /// The names of tracking fields without which the account wants no meeting.
    std::function<void(const std::string& account_id, api::Done<std::vector<std::string>>)> required_fields = nullptr;
    std::function<std::string()> organisation = nullptr;  ///< what signs the mails; none, or "": nothing
  };
  explicit Service(Parts parts);

  // ---- meetings (service.cc) ----
  /// For `owner_id`, or for whom `schedule_for` names. Errors: fields; no_user.
  void create(Actor actor, std::string owner_id, shapes::MeetingBody body, api::Done<shapes::MeetingView> done);
  /// Whether these may schedule for the owner: themselves, whoever may for others, and assistants.
  void may_schedule(const Actor& actor, const std::string& owner, api::Done<bool> done);
  /// Error: a field of the account that must be there, with a value. Nothing is asked of a change that names none.
  void check_tracking(const std::string& account_id, const shapes::MeetingBody& body, bool creating,
                      api::Done<void> done);
  void get(std::string id, GetOptions options, api::Done<shapes::MeetingView> done);
  void list(std::string owner_id, store::Schedule::Which which, api::Window window,
            api::Done<shapes::MeetingList> done);
  /// Those of a person that run now.
  void list_running(std::string owner_id, api::Window window, api::Done<shapes::MeetingList> done);
  /// The personal meeting of a person, made when it is asked for the first time.
  void personal(std::string user_id, api::Done<Meeting> done);
  void invitation(std::string id, api::Done<std::string> done);
  /// The meeting for the host's own calendar: a file of method PUBLISH, without attendees (RFC 5546 section 3.2.1). 409
  /// when it takes place at no certain time.
  void calendar(std::string id, api::Done<std::string> done);
  void invite_links(std::string id, std::vector<std::string> names, api::Done<std::vector<InviteLink>> done);
  /// The whole meeting, opened. Error: no_meeting.
  void load(std::string id, api::Done<Meeting> done);

  // ---- saved ways to make meetings (templates.cc) ----
  void save_template(Actor actor, std::string meeting_id, std::string name, bool with_recurrence,
                     api::Done<TemplateEntry> done);
  void templates(std::string account_id, std::string owner_id, api::Done<std::vector<TemplateEntry>> done);
  /// Of the actor's own; settings with their usual values where nothing was said. Error: 404.
  void template_content(const Actor& actor, std::string id, api::Done<TemplateContent> done);
  /// Of the actor's own: nothing of it can be read again. Errors: 404; 503 while the key service is away.
  void remove_template(const Actor& actor, std::string id, api::Done<void> done);

  // ---- changes (changes.cc) ----
  void change(Actor actor, std::string id, std::optional<std::string> occurrence, shapes::MeetingBody body,
              api::Done<void> done);
  void remove(Actor actor, std::string id, Cancelling what, api::Done<void> done);
  /// Ends the running; an instant meeting for good.
  void end(std::string id, api::Done<void> done);
  /// Of a deleted meeting of the account. Error: no_meeting, also after 30 days.
  void recover(Actor actor, std::string id, api::Done<void> done);

  /// Sends the invitation to these, who are not in the plan. Error: no_meeting, an address that is none, too many.
  void invite_now(std::string id, std::vector<std::string> addresses, api::Done<void> done);

  // ---- registrations (registration.cc) ----
  void register_people(std::string id, std::vector<shapes::RegistrantBody> people, bool auto_approve,
                       api::Done<std::vector<Registered>> done);
  /// `occurrence`: only those who come at that time. Error: no_meeting, also for a time that there is not.
  void registrants(std::string id, store::RegistrantStatus status, std::optional<std::string> occurrence,
                   api::Window window, api::Done<RegistrantPage> done);
  void registrant(std::string id, std::string registrant_id, api::Done<RegistrantInfo> done);
  void decide(std::string id, std::vector<RegistrantName> who, store::RegistrantStatus status, api::Done<void> done);
  void remove_registrant(std::string id, std::string registrant_id, api::Done<void> done);
  void questions(std::string id, api::Done<shapes::Questions> done);
  void set_questions(Actor actor, std::string id, shapes::Questions questions, api::Done<void> done);

  // ---- where it is to be streamed to (live_stream.cc) ----
  /// nullopt: nothing was set. Error: no_meeting.
  void live_stream(std::string id, api::Done<std::optional<shapes::LiveStream>> done);
  /// Everything empty: what was set is forgotten. Errors: fields; no_meeting.
  void set_live_stream(Actor actor, std::string id, shapes::LiveStream stream, api::Done<void> done);

  // ---- guests with a link of their own (guests.cc) ----
  /// Error: no_meeting; 403 when the policies of the host admit no guests; 409 when there are very many.
  void add_guest(Actor actor, std::string id, std::string name, std::optional<UnixMicros> expires_at,
                 api::Done<GuestLink> done);
  void guests(std::string id, api::Done<std::vector<GuestLink>> done);
  /// Whoever is inside stays; the link opens nothing any more.
  void remove_guest(std::string id, std::string guest, api::Done<void> done);

  // ---- joining, and the simple meetings of /api (joining.cc) ----
  /// What a link and a person are worth at the door of a meeting; nullopt: there is no such meeting.
  void at_the_door(std::string meeting_id, Knock knock, api::Done<std::optional<Door>> done);
  /// By number or uuid, the topic and passcode opened.
  void simple(std::string id, api::Done<std::optional<store::Meeting>> done);
  void create_simple(std::string owner_id, SimpleMeeting wish, api::Done<store::Meeting> done);
  void list_simple(std::string owner_id, std::uint32_t limit, std::uint32_t offset,
                   api::Done<std::vector<store::Meeting>> done);
  /// The token that stands for the passcode in links; "" without a passcode.
  void link_of(std::string id, api::Done<std::string> done);
  /// A link by which that visitor comes in until `expires_at`. Error: no_meeting.
  void visitor_link(std::string id, Visitor visitor, UnixMicros expires_at, api::Done<std::string> done);
  /// Seals what the first version left in the open. Calls back with how many.
  void seal_old(api::Done<std::size_t> done);

  [[nodiscard]] Zones& zones() noexcept { return zones_; }
  [[nodiscard]] const std::string& public_url() const noexcept { return parts_.public_url; }

 private:
  /// Whose policies count. A copy, because the meeting is usually moved on in the same breath.
  struct HostName {
    explicit HostName(const Meeting& m) : account_id(m.row.account_id), user_id(m.row.owner_id) {}
    std::string account_id;
    std::string user_id;
  };
  void policies_of(const HostName& host, api::Done<MeetingPolicies> done);
  void find_row(std::string id, api::Done<store::ScheduledMeeting> done);
  void complete(store::ScheduledMeeting row, api::Done<Meeting> done);
  void people_of(std::vector<std::string> ids, std::vector<Person> found, api::Done<std::vector<Person>> done);
  void hosts_by_address(std::string account_id, std::vector<std::string> addresses, std::vector<Person> found,
                        api::Done<std::vector<Person>> done);
  void create_for(Actor actor, Person owner, shapes::MeetingBody body, api::Done<shapes::MeetingView> done);
  /// Error: 404.
  void open_template(std::string account_id, std::string owner_id, std::string id,
                     api::Done<shapes::TemplateDetails> done);
  void start_from_template(Meeting meeting, std::string template_id, api::Done<Meeting> done);
  void insert(Actor actor, Meeting meeting, int attempts, api::Done<shapes::MeetingView> done);
  void change_to(Actor actor, Meeting meeting, std::optional<std::string> occurrence, shapes::MeetingBody body,
                 const MeetingPolicies& policies, api::Done<void> done);
  void store_change(Actor actor, Meeting meeting, shapes::MeetingView before, std::string what,
                    std::function<void(const Meeting&)> after, api::Done<void> done);
  void listed(expected<store::Listed<store::ScheduledMeeting>, store::StoreError> rows, api::Window window,
              api::Done<shapes::MeetingList> done);
  void publish(std::string name, const Meeting& meeting, const Actor& actor, std::string old_json = {});
  [[nodiscard]] shapes::MeetingView view(const Meeting& meeting, bool for_host = false,
                                         std::string_view host = {}) const;
  void tell_hosts(const Meeting& meeting, const std::vector<Person>& hosts);

  // registration.cc
  void open_registrant(const std::string& account_id, store::MeetingRegistrant row, api::Done<Guest> done);
  /// A meeting and one of its registrants, both opened. Errors: no_meeting, and 404 for no such registrant.
  struct MeetingGuest {
    Meeting meeting;
    Guest guest;
  };
  void find_guest(std::string id, std::string registrant_id, api::Done<MeetingGuest> done);
  void every_registrant(const Meeting& meeting, std::function<void(const Guest&)> each);
  void list_registrants(Meeting meeting, store::RegistrantStatus status, const Occurrence* occurrence,
                        api::Window window, api::Done<RegistrantPage> done);
  /// The first of these keys that somebody registered under.
  void registrant_under(std::string meeting_id, std::vector<std::string> keys,
                        store::Done<std::optional<store::MeetingRegistrant>> done);
  void add_registrants(Meeting meeting, std::vector<Guest> guests, api::Done<std::vector<Registered>> done);
  [[nodiscard]] std::string link_for(const Meeting& meeting, const std::string& registrant_id) const;
  [[nodiscard]] RegistrantInfo info_of(const Meeting& meeting, const Guest& guest) const;
  void tell_registrant(Letter letter, const Meeting& meeting, const Guest& guest,
                       const Occurrence* occurrence = nullptr);
  void publish_registration(std::string_view what, const Meeting& meeting, const Guest& guest);
  void tell_invitees_of_change(const Meeting& before, const Meeting& changed, bool same);
  void tell_everybody(Letter letter, const Meeting& meeting, const Occurrence* occurrence = nullptr,
                      bool registrants = true);

  // guests.cc
  [[nodiscard]] std::string guest_link(const Meeting& meeting, std::string_view id) const;
  /// The guest that the link names, whether it is still valid or not.
  static std::optional<std::string> guest_in(const Meeting& meeting, const Knock& knock);
  void guest_at_the_door(Door door, const Meeting& m, std::string guest, api::Done<std::optional<Door>> done);

  // rooms.cc
  struct RoomFinder;
  void planned_rooms(const Meeting& meeting, const shapes::Settings& settings,
                     api::Done<std::vector<store::Meeting::PlannedRoom>> done);

  // joining.cc
  void open_door(const Meeting& meeting, Knock knock, MeetingPolicies policies, api::Done<std::optional<Door>> done);
  void decide_door(const Meeting& meeting, Knock knock, MeetingPolicies policies, api::Done<std::optional<Door>> done);
  void seal_next(std::vector<store::ScheduledMeeting> rows, std::size_t done_so_far, api::Done<std::size_t> done);

  Parts parts_;
  Zones zones_;
  Sealing sealing_;
  Letters letters_;
  EventBus::Subscription started_;
};

api::ApiError no_meeting(std::string_view id);
api::ApiError from_problem(FieldProblem problem);

}  // namespace sealhall::schedule
