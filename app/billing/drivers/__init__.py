"""What switches services on a network: routers, RADIUS databases, webhooks, and a pretended one."""
