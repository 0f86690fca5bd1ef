// Isolate the rightmost 1-bit.
#include <stdint.h>

int32_t p03(int32_t x) {
    return x & -x;
}
