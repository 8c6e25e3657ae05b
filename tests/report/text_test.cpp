#include "report/text.hpp"

#include <gtest/gtest.h>

namespace fusesim::report {
namespace {

TEST(DisplayWidth, CountsCharactersNotBytes) {
  EXPECT_EQ(display_width("latency"), 7u);
  EXPECT_EQ(display_width("1.23 µs"), 7u); // µ is two bytes
  EXPECT_EQ(display_width("—×…"), 3u);     // three bytes, two bytes, three bytes
}

TEST(DisplayWidth, GivesWideCharactersTwoColumnsAndCombiningOnesNone) {
  EXPECT_EQ(display_width("網絡"), 4u);
  EXPECT_EQ(display_width("e\u0301"), 1u); // e with a combining acute
  EXPECT_EQ(display_width("🙂"), 2u);
}

TEST(DisplayWidth, CountsAByteThatIsNoUtf8AsOne) {
  EXPECT_EQ(display_width("a\xFFz"), 3u);
  EXPECT_EQ(display_width("a\xE2\x82"), 3u); // sequence cut short by the end
}

TEST(Printable, ShowsControlCharactersInsteadOfObeyingThem) {
  EXPECT_EQ(printable("layer\n1"), "layer\\n1");
  EXPECT_EQ(printable("\x1b[31mred"), "\\x1b[31mred");
  EXPECT_EQ(printable("conv µ 網"), "conv µ 網");
}

} // namespace
} // namespace fusesim::report
