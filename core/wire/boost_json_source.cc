// Tested in codec_test.cc
// Boost.JSON's own code, where the system has no library of it (wasm32). Elsewhere libboost_json is linked.
#if defined(__wasm__)
#include <boost/json/src.hpp>
#endif
