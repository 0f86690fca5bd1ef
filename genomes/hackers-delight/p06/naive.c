// Turn on the rightmost 0-bit.
#include <stdint.h>

int32_t p06(int32_t x) {
    return x | (x + 1);
}
