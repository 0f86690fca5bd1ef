// Test nlz(x) <= nlz(y).
#include <stdint.h>

int32_t p12(uint32_t x, uint32_t y) {
    return (y & ~x) <= x;
}
