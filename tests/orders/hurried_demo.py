"""The demo, in which payments fail at once; its first argument bounds the orders."""

import sys

from snippets.orders import demo

if __name__ == "__main__":
    demo.MOST = int(sys.argv[1])
    demo.BREAK, demo.HEAL = 1, 4
    demo.main(sys.argv[2:])
