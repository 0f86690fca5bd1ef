// Exchange two fields: those under m, and those k bits higher.
#include <stdint.h>

uint32_t p19(uint32_t x, uint32_t m, uint32_t k) {
    uint32_t t = ((x >> k) ^ x) & m;
    return x ^ t ^ (t << k);
}
