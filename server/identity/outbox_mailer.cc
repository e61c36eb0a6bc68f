#include "server/identity/outbox_mailer.h"

#include <algorithm>
#include <array>
#include <utility>

#include "io/log/log.h"
#include "io/mail/message.h"
#include "server/api/tokens.h"
#include "store/store.h"

namespace sealhall::identity {
namespace {

constexpr std::string_view account = store::default_account;

vault::SealContext place_of(const store::OutboxMail& row) { return {row.account_id, "mail", row.id, "mail"}; }

std::string_view word_for(io::MailError error) noexcept {
  switch (error) {
    case io::MailError::unreachable:
      return "unreachable";
    case io::MailError::untrusted:
      return "untrusted";
    case io::MailError::refused:
      return "refused";
    case io::MailError::not_now:
      return "not_now";
    case io::MailError::bad_address:
    case io::MailError::bad_message:
      return "bad";
    default:
      return "failed";
  }
}

void put(Bytes& out, std::string_view text) {
  std::array<std::uint8_t, 4> size{};
  store_u32(size.data(), static_cast<std::uint32_t>(text.size()));
  append(out, size);
  append(out, as_bytes(text));
}
std::string take(ByteReader& reader) { return std::string{as_text(reader.bytes(reader.u32()))}; }

}  // namespace

Bytes pack_mail(const io::Mail& mail) {
  Bytes out{1};  // the form of what follows
  put(out, mail.to);
  put(out, mail.subject);
  put(out, mail.text);
  out.push_back(mail.attachment ? 1 : 0);
  if (mail.attachment) {
    put(out, mail.attachment->name);
    put(out, mail.attachment->content_type);
    put(out, as_text(mail.attachment->bytes));
  }
  return out;
}

std::optional<io::Mail> unpack_mail(ByteView bytes) {
  ByteReader reader{bytes};
  if (reader.u8() != 1) return std::nullopt;
  io::Mail mail;
  mail.to = take(reader);
  mail.subject = take(reader);
  mail.text = take(reader);
  if (reader.u8() == 1) {
    io::MailAttachment file;
    file.name = take(reader);
    file.content_type = take(reader);
    const std::string content = take(reader);
    file.bytes.assign(content.begin(), content.end());
    mail.attachment = std::move(file);
  }
  if (!reader.ok() || reader.remaining() != 0) return std::nullopt;
  return mail;
}

Duration OutboxMailer::pause_after(std::int64_t attempts) noexcept {
  using namespace std::chrono_literals;
  constexpr std::array<Duration, 4> first{1min, 5min, 15min, 1h};
  constexpr std::int64_t most = 22;  // the four above and eighteen times four hours: three days
  if (attempts >= most) return Duration::zero();
  return attempts < static_cast<std::int64_t>(first.size()) ? first[static_cast<std::size_t>(attempts)] : Duration{4h};
}

OutboxMailer::OutboxMailer(Parts parts) : parts_(parts), outbox_(parts.engine), timer_(parts.loop) {}
OutboxMailer::~OutboxMailer() = default;

void OutboxMailer::send(io::Mail mail, Done done) {
  if (!io::is_mail_address(mail.to)) return done(unexpected(io::MailError::bad_address));
  store::OutboxMail row;
  row.id = api::random_text(parts_.random, 16);
  row.account_id = account;
  row.created_at = row.not_before = parts_.clock.now();
  parts_.vault.seal(
      place_of(row), "account", pack_mail(mail), [this, row, done = std::move(done)](auto sealed) mutable {
        if (!sealed) {
          return done(unexpected(sealed.error() == vault::VaultError::too_large ? io::MailError::bad_message
                                                                                : io::MailError::failed));
        }
        row.mail_sealed = std::move(*sealed);
        outbox_.put(std::move(row), [this, alive = std::weak_ptr{alive_}, done = std::move(done)](auto kept) mutable {
          if (!kept) return done(unexpected(io::MailError::failed));
          done({});
          if (!alive.expired()) run();
        });
      });
}

void OutboxMailer::run() {
  if (parts_.smtp == nullptr) return;
  if (std::exchange(busy_, true)) {
    again_ = true;
    return;
  }
  again_ = false;
  outbox_.due(parts_.clock.now(), 1, if_alive([this](auto due) {
                if (!due) io::log::warning("the outbox cannot be read", {{"reason", store::name_of(due.error())}});
                if (!due || due->empty()) return sleep();
                deliver(std::move(due->front()));
              }));
}

void OutboxMailer::sleep() {
  busy_ = false;
  if (again_) return run();
  outbox_.next(if_alive([this](auto next) {
    // Nobody else would look again for what waits there now.
    if (!next) return timer_.after(parts_.store_away, [this] { run(); });
    if (!*next) return;
    const auto wait = Duration{static_cast<std::int64_t>(**next) - static_cast<std::int64_t>(parts_.clock.now())};
    timer_.after(std::max(wait, Duration{std::chrono::seconds{1}}), [this] { run(); });
  }));
}

void OutboxMailer::deliver(store::OutboxMail row) {
  Bytes sealed = std::move(row.mail_sealed);
  vault::SealContext place = place_of(row);
  parts_.vault.open(
      std::move(place), std::move(sealed), if_alive([this, row = std::move(row)](auto opened) mutable {
        if (!opened) {
          const bool later = opened.error() == vault::VaultError::unavailable ||
                             opened.error() == vault::VaultError::failed ||
                             opened.error() == vault::VaultError::refused;
          return finish(std::move(row), unexpected(later ? io::MailError::unreachable : io::MailError::bad_message));
        }
        auto mail = unpack_mail(*opened);
        if (!mail) return finish(std::move(row), unexpected(io::MailError::bad_message));
        parts_.smtp->send(std::move(*mail),
                          if_alive([this, row = std::move(row)](auto sent) mutable { finish(std::move(row), sent); }));
      }));
}

void OutboxMailer::finish(store::OutboxMail row, expected<void, io::MailError> result) {
  auto go_on = if_alive([this](expected<void, store::StoreError> kept) {
    busy_ = false;
    // What cannot be written down would be sent again at once, without end.
    if (!kept) return timer_.after(parts_.store_away, [this] { run(); });
    run();
  });
  if (result) return outbox_.sent(std::move(row.id), std::move(go_on));
  const io::MailError error = result.error();
  const bool for_good =
      error == io::MailError::refused || error == io::MailError::bad_address || error == io::MailError::bad_message;
  const Duration pause = for_good ? Duration::zero() : pause_after(row.attempts);
  const bool give_up = pause == Duration::zero();
  io::log::warning(give_up ? "a mail was given up" : "a mail could not be sent, it is tried again",
                   {{"reason", word_for(error)}, {"attempts", row.attempts + 1}});
  const UnixMicros not_before{static_cast<std::int64_t>(parts_.clock.now()) + pause.count()};
  outbox_.failed(std::move(row.id), not_before, give_up, std::string{word_for(error)}, std::move(go_on));
}

}  // namespace sealhall::identity
