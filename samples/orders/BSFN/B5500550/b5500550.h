/*
 * B5500550: constants of the pricing library; a header without a source.
 */
#ifndef B5500550_H
#define B5500550_H

#define PRICE_AMOUNT_DECIMALS   2

#define PRICE_BREAK_END         _J(";")
#define PRICE_BREAK_SIGN        _J(':')

#define ROUND_NEAREST           _J('N')
#define ROUND_UP                _J('U')
#define ROUND_DOWN              _J('D')

#endif
