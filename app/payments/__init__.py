"""Checkout attempts, payments, allocations, refunds and the gateways behind them."""
