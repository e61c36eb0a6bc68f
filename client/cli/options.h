// The options of `sealhall join` and `sealhall load`.
#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <vector>

#include "core/base/expected.h"

namespace sealhall::cli {

struct JoinOptions {
  std::string link;
  std::string name;
  std::string token;
  std::string user;
  std::string passcode;
  std::string audio;
  std::string video;
  std::string share;
  bool loop = false;
  std::string record;
  std::string hear;
  bool stats = false;
  std::string ca;
  bool relay = false;
  bool no_decode = false;
  bool dtx = false;
  double duration = 0;  ///< seconds, 0: until left
  bool host_commands = false;
  std::string script;
  std::uint32_t max_height = 720;
  std::uint32_t watch_height = 720;
};

struct LoadOptions {
  std::string server;
  std::string token;
  std::string ca;
  std::vector<std::string> links;   ///< existing meetings; otherwise they are made
  std::uint32_t participants = 10;  ///< in each meeting
  std::uint32_t meetings = 1;
  double duration = 10;
  std::uint32_t senders = 0;     ///< who send, in each meeting; 0: everybody
  std::uint32_t video_kbps = 0;  ///< 0: sound only
  std::uint32_t fps = 30;
  std::uint32_t audio_slots = 4;
  std::uint32_t video_slots = 4;
  double joins_per_second = 20;
  bool relay = false;
};

/// Either the options, or what to print and the exit code (0 for --help).
struct OptionsEnd {
  std::string text;
  int code = 0;
};
expected<JoinOptions, OptionsEnd> parse_join_options(int argc, char** argv);
expected<LoadOptions, OptionsEnd> parse_load_options(int argc, char** argv);

}  // namespace sealhall::cli
