// Isolate the rightmost 0-bit.
#include <stdint.h>

int32_t p07(int32_t x) {
    return ~x & (x + 1);
}
