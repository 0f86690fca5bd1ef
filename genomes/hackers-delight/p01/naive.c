// Turn off the rightmost 1-bit.
#include <stdint.h>

int32_t p01(int32_t x) {
    return x & (x - 1);
}
