// Test for the form 2^n - 1 (zero if so).
#include <stdint.h>

int32_t p02(int32_t x) {
    return x & (x + 1);
}
