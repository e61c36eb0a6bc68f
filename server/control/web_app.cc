#include "server/control/web_app.h"

#include <algorithm>
#include <array>
#include <filesystem>
#include <system_error>
#include <utility>

#include "core/base/ascii.h"
#include "io/files/files.h"

namespace sealhall::control {
namespace web_shapes {
struct AssetPath {
  std::string file;
};
BOOST_DESCRIBE_STRUCT(AssetPath, (), (file))
}  // namespace web_shapes

namespace {

expected<std::string, std::string> text_of(const std::string& path) {
  auto content = io::read_file(path);
  if (!content) return unexpected(content.error().reason);
  return std::string{content->begin(), content->end()};
}

std::string_view type_of(std::string_view name) {
  static constexpr std::array<std::pair<std::string_view, std::string_view>, 7> types{
      {{".js", "text/javascript; charset=utf-8"},
       {".css", "text/css; charset=utf-8"},
       {".wasm", "application/wasm"},
       {".svg", "image/svg+xml"},
       {".png", "image/png"},
       {".woff2", "font/woff2"},
       {".webmanifest", "application/manifest+json"}}};
  for (const auto& [ending, type] : types) {
    if (name.ends_with(ending)) return type;
  }
  return "application/octet-stream";
}

/// Whether the list names gzip and does not refuse it with a weight of nothing (RFC 9110 section 12.5.3).
bool accepts_gzip(std::string_view accepted) {
  std::string list = ascii_lower(accepted);
  std::erase_if(list, [](char c) { return c == ' ' || c == '\t'; });
  for (std::string_view rest = list; !rest.empty();) {
    const std::string_view one = rest.substr(0, rest.find(','));
    rest.remove_prefix(std::min(one.size() + 1, rest.size()));
    if (one == "gzip") return true;
    if (one.starts_with("gzip;q=")) return one.find_first_of("123456789") != std::string_view::npos;
  }
  return false;
}

}  // namespace

expected<WebApp, std::string> WebApp::load(const std::string& folder) {
  WebApp app;
  std::error_code problem;
  if (folder.empty() || !std::filesystem::is_directory(folder, problem)) return app;
  auto page = text_of(folder + "/index.html");
  auto policy = text_of(folder + "/csp");
  if (!page) return unexpected(page.error());
  if (!policy) return unexpected(policy.error());
  app.page_ = {.content = std::move(*page), .gzipped = {}, .type = "text/html; charset=utf-8"};
  // Its list of hashes makes it larger than what a server may send before it has heard anything (RFC 6928).
  if (auto gzipped = text_of(folder + "/index.html.gz")) app.page_.gzipped = std::move(*gzipped);
  app.policy_ = std::move(*policy);
  for (std::filesystem::directory_iterator at{folder + "/assets", problem}, end; !problem && at != end;
       at.increment(problem)) {
    const std::string name = at->path().filename().string();
    auto content = text_of(at->path().string());
    if (!content) return unexpected(content.error());
    if (name.ends_with(".gz")) {
      app.assets_[name.substr(0, name.size() - 3)].gzipped = std::move(*content);
    } else {
      Asset& asset = app.assets_[name];
      asset.content = std::move(*content);
      asset.type = type_of(name);
    }
  }
  // Something compressed whose original is not there is nothing.
  std::erase_if(app.assets_, [](const auto& entry) { return entry.second.type.empty(); });
  if (problem) return unexpected(folder + "/assets: " + problem.message());
  return app;
}

io::HttpResponse WebApp::sent(const Asset& asset, std::string_view accepted) {
  io::HttpResponse response;
  response.headers.set("Content-Type", std::string{asset.type});
  const bool compressed = !asset.gzipped.empty();
  if (compressed) response.headers.set("Vary", "Accept-Encoding");
  if (compressed && accepts_gzip(accepted)) {
    response.headers.set("Content-Encoding", "gzip");
    response.body = asset.gzipped;
  } else {
    response.body = asset.content;
  }
  return response;
}

io::HttpResponse WebApp::page(std::string_view accepted) const {
  io::HttpResponse response = sent(page_, accepted);
  response.headers.set("Content-Security-Policy", policy_);
  response.headers.set("Permissions-Policy",
                       "camera=(self), microphone=(self), display-capture=(self), geolocation=(), payment=(), usb=()");
  return response;
}

io::HttpResponse WebApp::asset(std::string_view name, std::string_view accepted) const {
  const auto found = assets_.find(name);
  if (found == assets_.end()) return io::HttpResponse::error(404, "There is no such file.");
  io::HttpResponse response = sent(found->second, accepted);
  // Its name changes with its content.
  response.headers.set("Cache-Control", "public, max-age=31536000, immutable");
  return response;
}

std::string_view accepted_encodings(const io::HttpRequest& request) {
  return request.headers.find("Accept-Encoding").value_or("");
}

void add_web_endpoints(api::Registry& registry, const WebApp& app) {
  registry.add(api::Endpoint{.method = "GET",
                             .path = "/assets/{file}",
                             .tag = "Pages",
                             .summary = "A part of the browser client",
                             .access = api::Access::anyone(),
                             .documented = false},
               [&app](api::Call<web_shapes::AssetPath> call, api::Answer<api::Http> answer) {
                 answer(app.asset(call.query.file, accepted_encodings(call.http)));
               });
}

}  // namespace sealhall::control
