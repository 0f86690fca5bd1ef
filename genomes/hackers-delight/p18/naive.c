// Test for a power of two.
#include <stdint.h>

int32_t p18(uint32_t x) {
    return x != 0 && (x & (x - 1)) == 0;
}
