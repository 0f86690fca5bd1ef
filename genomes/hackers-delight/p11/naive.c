// Test nlz(x) < nlz(y).
#include <stdint.h>

int32_t p11(uint32_t x, uint32_t y) {
    return (x & ~y) > y;
}
