from tests.support.tenants import app, harmattan, savannah

__all__ = ["app", "harmattan", "savannah"]
