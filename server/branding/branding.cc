// Tested in server/control/branding_test.cc
#include "server/branding/branding.h"

#include <utility>

#include "core/base/encoding.h"
#include "core/crypto/hash.h"
#include "core/meeting/display_name.h"
#include "io/log/log.h"
#include "server/branding/accent.h"
#include "server/branding/logo.h"

namespace sealhall::branding {
namespace shapes {

struct ChangeBranding {
  std::optional<std::string> organisation;  ///< absent: as it is; "": none
  std::optional<std::string> accent;        ///< "#1757b5"; absent: as it is; "": the standard colour
};
struct BrandingView {
  std::optional<std::string> organisation;
  std::optional<std::string> accent;
  std::optional<std::string> logo;  ///< its address here
};
struct LogoPath {
  std::string logo_id;
};
BOOST_DESCRIBE_STRUCT(ChangeBranding, (), (organisation, accent))
BOOST_DESCRIBE_STRUCT(BrandingView, (), (organisation, accent, logo))
BOOST_DESCRIBE_STRUCT(LogoPath, (), (logo_id))

}  // namespace shapes

namespace {

using api::Access;
using api::Answer;
using api::Call;
using api::None;
using enum api::Permission;

std::optional<std::string> if_any(std::string text) {
  if (text.empty()) return std::nullopt;
  return text;
}

shapes::BrandingView view_of(store::Branding row) {
  shapes::BrandingView view{if_any(std::move(row.organisation)), if_any(std::move(row.accent)), {}};
  if (!row.logo_id.empty()) view.logo = "/api/branding/logo/" + row.logo_id;
  return view;
}

/// Of its content: whoever has kept a picture of that name has the right one.
std::string id_of(ByteView content) {
  const auto hash = crypto::sha256(content);
  return to_base64url(ByteView{hash}.first(15));
}

}  // namespace

Branding::Branding(Parts parts) : parts_(std::move(parts)), rows_(parts_.engine) {
  rows_.of(parts_.account_id, [name = organisation_](auto row) {
    if (!row)
      return io::log::warning("the organisation's name cannot be read", {{"reason", store::name_of(row.error())}});
    *name = std::move(row->organisation);
  });
}

void Branding::add_endpoints(api::Registry& registry) {
  add_name_and_colour(registry);
  add_logo(registry);
}

void Branding::add_name_and_colour(api::Registry& registry) {
  registry.add(
      {"GET", "/api/branding", "Branding", "What this server is called and how its pages look", Access::anyone()},
      [this](Call<>, Answer<shapes::BrandingView> answer) {
        rows_.of(parts_.account_id, std::move(answer).from(view_of));
      });
  registry.add(
      {.method = "PATCH",
       .path = "/api/branding",
       .tag = "Branding",
       .summary = "Change the organisation's name or the accent colour",
       .access = Access::permission(settings_write),
       .status = 200,
       .description = "A colour upon which white text has a contrast below 4.5 to 1 is refused (WCAG 2.2, 1.4.3)."},
      [this](Call<None, shapes::ChangeBranding> call, Answer<shapes::BrandingView> answer) {
        if (!is_ours(call.caller)) return answer(api::not_allowed());
        shapes::ChangeBranding wanted = std::move(call.body);
        if (!wanted.organisation && !wanted.accent) return rows_.of(parts_.account_id, std::move(answer).from(view_of));
        if (wanted.organisation) wanted.organisation = meeting::display_name(*wanted.organisation);
        if (wanted.accent && !wanted.accent->empty()) {
          const auto colour = colour_of(*wanted.accent);
          if (!colour) return answer(api::wrong_field("accent", "A colour as #1757b5, please."));
          if (const auto problem = problem_with_accent(*colour); !problem.empty())
            return answer(api::wrong_field("accent", std::string{problem}));
          wanted.accent = text_of(*colour);
        }
        rows_.change(parts_.account_id, wanted.organisation, wanted.accent,
                     [this, wanted, caller = std::move(call.caller), answer = std::move(answer)](auto changed) mutable {
                       if (!changed) return answer(api::from_store(changed.error()));
                       if (wanted.organisation) *organisation_ = *wanted.organisation;
                       if (wanted.organisation) parts_.log(caller, "name");
                       if (wanted.accent) parts_.log(caller, "colour");
                       rows_.of(parts_.account_id, std::move(answer).from(view_of));
                     });
      });
}

void Branding::add_logo(api::Registry& registry) {
  registry.add(
      {.method = "PUT",
       .path = "/api/branding/logo",
       .tag = "Branding",
       .summary = "Choose a logo",
       .access = Access::permission(settings_write),
       .status = 200,
       // So that a picture that is a little too large is told what is wrong with it.
       .body_limit = max_logo_bytes * 2,
       .description = "The body is the picture itself: PNG or JPEG, at most 256 KiB and 2048 pixels on each side."},
      [this](Call<> call, Answer<shapes::BrandingView> answer) {
        if (!is_ours(call.caller)) return answer(api::not_allowed());
        const ByteView file = as_bytes(call.http.body);
        const auto header = look_at_logo(file);
        if (!header) return answer(api::wrong_field("logo", std::string{sentence_for(header.error())}));
        rows_.put_logo(parts_.account_id, id_of(file), {std::string{header->type}, {file.begin(), file.end()}},
                       [this, caller = std::move(call.caller), answer = std::move(answer)](auto kept) mutable {
                         if (!kept) return answer(api::from_store(kept.error()));
                         parts_.log(caller, "logo");
                         rows_.of(parts_.account_id, std::move(answer).from(view_of));
                       });
      });
  registry.add({"DELETE", "/api/branding/logo", "Branding", "No logo any more", Access::permission(settings_write)},
               [this](Call<> call, Answer<> answer) {
                 if (!is_ours(call.caller)) return answer(api::not_allowed());
                 rows_.remove_logo(parts_.account_id, [this, caller = std::move(call.caller),
                                                       answer = std::move(answer)](auto removed) mutable {
                   if (!removed) return answer(api::from_store(removed.error()));
                   parts_.log(caller, "logo");
                   answer();
                 });
               });
  registry.add({.method = "GET",
                .path = "/api/branding/logo/{logo_id}",
                .tag = "Branding",
                .summary = "The logo",
                .access = Access::anyone(),
                .produces = "image/*"},
               [this](Call<shapes::LogoPath> call, Answer<api::Http> answer) {
                 rows_.logo(parts_.account_id, call.query.logo_id, [answer = std::move(answer)](auto logo) mutable {
                   if (!logo) return answer(api::from_store(logo.error()));
                   if (!*logo) return answer(api::not_found());
                   io::HttpResponse response;
                   response.headers.set("Content-Type", (*logo)->type);
                   // Opened by itself it is a picture and nothing that could run.
                   response.headers.set("Content-Security-Policy", "default-src 'none'; sandbox");
                   // Its name changes with its content.
                   response.headers.set("Cache-Control", "public, max-age=31536000, immutable");
                   response.body = std::string{as_text((*logo)->content)};
                   answer(std::move(response));
                 });
               });
}

}  // namespace sealhall::branding
