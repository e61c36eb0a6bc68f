#include "server/control/web_app.h"

#include <array>
#include <filesystem>
#include <system_error>
#include <utility>

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

}  // namespace

expected<WebApp, std::string> WebApp::load(const std::string& folder) {
  WebApp app;
  std::error_code problem;
  if (folder.empty() || !std::filesystem::is_directory(folder, problem)) return app;
  auto page = text_of(folder + "/index.html");
  auto policy = text_of(folder + "/csp");
  if (!page) return unexpected(page.error());
  if (!policy) return unexpected(policy.error());
  app.page_ = std::move(*page);
  app.policy_ = std::move(*policy);
  for (std::filesystem::directory_iterator at{folder + "/assets", problem}, end; !problem && at != end;
       at.increment(problem)) {
    const std::string name = at->path().filename().string();
    auto content = text_of(at->path().string());
    if (!content) return unexpected(content.error());
    app.assets_.insert_or_assign(name, Asset{std::move(*content), type_of(name)});
  }
  if (problem) return unexpected(folder + "/assets: " + problem.message());
  return app;
}

io::HttpResponse WebApp::page() const {
  io::HttpResponse response;
  response.headers.set("Content-Type", "text/html; charset=utf-8");
  response.headers.set("Content-Security-Policy", policy_);
  response.headers.set("Permissions-Policy",
                       "camera=(self), microphone=(self), display-capture=(self), geolocation=(), payment=(), usb=()");
  response.body = page_;
  return response;
}

io::HttpResponse WebApp::asset(std::string_view name) const {
  const auto found = assets_.find(name);
  if (found == assets_.end()) return io::HttpResponse::error(404, "There is no such file.");
  io::HttpResponse response;
  response.headers.set("Content-Type", std::string{found->second.type});
  // Its name changes with its content.
  response.headers.set("Cache-Control", "public, max-age=31536000, immutable");
  response.body = found->second.content;
  return response;
}

void add_web_endpoints(api::Registry& registry, const WebApp& app) {
  registry.add(api::Endpoint{.method = "GET",
                             .path = "/assets/{file}",
                             .tag = "Pages",
                             .summary = "A part of the browser client",
                             .access = api::Access::anyone(),
                             .documented = false},
               [&app](api::Call<web_shapes::AssetPath> call, api::Answer<api::Http> answer) {
                 answer(app.asset(call.query.file));
               });
}

}  // namespace sealhall::control
