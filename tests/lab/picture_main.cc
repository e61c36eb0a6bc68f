// Writes a picture of three panels (the slide, its bytes through AES-256-ECB, its bytes through AES-256-GCM) as PGM to
// standard output, and says on standard error how many blocks repeat in each. Fails when ECB does not show the slide,
// or GCM shows anything of it.
#include <cstdio>

#include "core/base/random.h"
#include "tests/lab/ecb2020.h"
#include "tests/lab/slide.h"

int main() {
  using namespace sealhall;
  std::fprintf(stderr, "%s: NOT SECURE, for demonstration only\n", lab::ecb2020_label);
  std::array<std::uint8_t, 64> prk{};
  SeededRandom random{2020};
  random.fill(prk);
  const auto key = lab::derive_ecb2020_key(prk);
  const Bytes slide = lab::draw_slide();
  // One picture line is one packet's payload, as a slide's bytes travel in many packets.
  Bytes through_ecb;
  Bytes through_gcm;
  std::uint64_t counter = 0;
  constexpr auto width = static_cast<std::size_t>(lab::slide_width);
  for (std::size_t at = 0; at < slide.size(); at += width) {
    const ByteView line = ByteView{slide}.subspan(at, width);
    const Bytes ecb = lab::seal_ecb2020(key, line);
    const Bytes gcm = lab::seal_gcm(key, ++counter, line);
    append(through_ecb, ByteView{ecb}.first(width));
    append(through_gcm, ByteView{gcm}.first(width));
  }
  const double in_ecb = lab::repeated_block_share(through_ecb);
  const double in_gcm = lab::repeated_block_share(through_gcm);
  std::fprintf(stderr, "repeated 16-byte blocks: slide %.1f %%, ECB %.1f %%, GCM %.1f %%\n",
               100 * lab::repeated_block_share(slide), 100 * in_ecb, 100 * in_gcm);
  if (in_ecb <= 0.5 || in_gcm != 0) {
    std::fprintf(stderr,
                 "This is not the picture that it should be: more than half of the ECB blocks repeat, no GCM block.\n");
    return 1;
  }
  std::printf("P5\n%d %d\n255\n", lab::slide_width * 3, lab::slide_height);
  for (std::size_t at = 0; at < slide.size(); at += width) {
    for (const Bytes* panel :
         {&slide, static_cast<const Bytes*>(&through_ecb), static_cast<const Bytes*>(&through_gcm)})
      std::fwrite(panel->data() + at, 1, width, stdout);
  }
  return 0;
}
