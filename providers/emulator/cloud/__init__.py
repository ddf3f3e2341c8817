"""The emulated cloud behind its actions: the world as an account sees it, who calls, and the words of its errors."""
