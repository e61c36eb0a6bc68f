// Draws the slide that the laboratory encrypts: large letters on a plain ground, as slides are.
#pragma once

#include "core/base/bytes.h"

namespace sealhall::lab {

inline constexpr int slide_width = 640;  ///< pixels; a multiple of 16, so that an AES block is 16 neighbours
inline constexpr int slide_height = 360;

/// Grey pixels, row by row, one byte each.
Bytes draw_slide();

}  // namespace sealhall::lab
