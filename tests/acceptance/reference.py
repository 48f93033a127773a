"""A reference simulation of the two plans on daily bars, from their rules alone: no code and no format is shared with the
daemon. Amounts are Decimal; nothing is rounded but quantities, down to whole shares."""

import datetime
import random
from decimal import Decimal


def make_bars(symbols, first_day, days, seed):
    """[(date, {symbol: (open, high, low, close)})] of every weekday, prices to the cent."""
    draw = random.Random(seed)
    cents = {symbol: draw.randrange(2_000, 30_000) for symbol in symbols}
    bars, day = [], first_day
    while len(bars) < days:
        if day.weekday() < 5:
            row = {}
            for symbol in symbols:
                opened = max(100, cents[symbol] + draw.randrange(-300, 320))
                closed = max(100, opened + draw.randrange(-400, 420))
                high, low = max(opened, closed) + draw.randrange(50), min(opened, closed) - draw.randrange(50)
                row[symbol] = tuple(Decimal(price) / 100 for price in (opened, high, low, closed))
                cents[symbol] = closed
            bars.append((day, row))
        day += datetime.timedelta(days=1)
    return bars


class Account:
    """Cash, shares, and market orders that wait for the next bar's open."""

    def __init__(self, cash):
        self.cash = Decimal(cash)
        self.shares = {}
        self.waiting = []  # (symbol, shares; negative: a sale)

    def order(self, symbol, shares):
        if shares != 0:
            self.waiting.append((symbol, shares))

    def fill(self, row):
        for symbol, shares in self.waiting:
            self.cash -= row[symbol][0] * shares
            self.shares[symbol] = self.shares.get(symbol, 0) + shares
            assert self.cash >= 0 and self.shares[symbol] >= 0, "the case is not one that the rules are simple for"
        self.waiting = []

    def value(self, row):
        return self.cash + sum(row[symbol][3] * shares for symbol, shares in self.shares.items())


def simulate_sip(bars, cash, amounts):
    """On each month's first trading day, floor(amount / close) whole shares of each symbol: decided at the close, filled at
    the next bar's open, no fees. The equity at each bar's close."""
    account, month, curve = Account(cash), None, []
    for day, row in bars:
        account.fill(row)
        if (day.year, day.month) != month:
            month = (day.year, day.month)
            for symbol, amount in amounts.items():
                account.order(symbol, int(Decimal(amount) // row[symbol][3]))
        curve.append((day, account.value(row), account.cash))
    return curve


def simulate_rebalance(bars, cash, weights):
    """On each quarter's first trading day, to fixed weights of the equity, what they leave being cash: whole shares, sales
    first; the purchases are decided at the close of the bar at whose open the sales were filled, or at once where there
    was nothing to sell. The equity at each bar's close."""
    account, quarter, curve, buys_due = Account(cash), None, [], False
    for day, row in bars:
        account.fill(row)
        equity = account.value(row)
        excess = {s: account.shares.get(s, 0) * row[s][3] - equity * Decimal(w) for s, w in weights.items()}
        if (day.year, (day.month - 1) // 3) != quarter:
            quarter = (day.year, (day.month - 1) // 3)
            buys_due = True
            for symbol, amount in excess.items():
                if amount > 0:
                    account.order(symbol, -int(amount // row[symbol][3]))
        if buys_due and not account.waiting:
            buys_due = False
            for symbol, amount in excess.items():
                if amount < 0:
                    account.order(symbol, int(-amount // row[symbol][3]))
        curve.append((day, account.value(row), account.cash))
    return curve
