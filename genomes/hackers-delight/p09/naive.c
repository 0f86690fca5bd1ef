// Absolute value.
#include <stdint.h>

int32_t p09(int32_t x) {
    int32_t y = x >> 31;
    return (x ^ y) - y;
}
