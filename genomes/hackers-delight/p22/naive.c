// Parity.
#include <stdint.h>

uint32_t p22(uint32_t x) {
    x = x ^ (x >> 1);
    x = (x ^ (x >> 2)) & 0x11111111;
    x = x * 0x11111111;
    return (x >> 28) & 1;
}
