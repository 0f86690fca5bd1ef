// The high half of an unsigned product.
#include <stdint.h>

uint32_t p25(uint32_t x, uint32_t y) {
    uint32_t x0 = x & 0xffff;
    uint32_t x1 = x >> 16;
    uint32_t y0 = y & 0xffff;
    uint32_t y1 = y >> 16;
    uint32_t low = x0 * y0;
    uint32_t t = x1 * y0 + (low >> 16);
    uint32_t w1 = t & 0xffff;
    uint32_t w2 = t >> 16;
    w1 = x0 * y1 + w1;
    uint32_t w3 = w1 >> 16;
    return x1 * y1 + w2 + w3;
}
