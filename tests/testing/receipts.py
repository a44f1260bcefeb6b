"""Write the receipts of the shop, in a process of their own."""

import os
from time import sleep

import psycopg

WRITE = "UPDATE orders SET receipt = 'Paid ' || total WHERE receipt IS NULL"


if __name__ == "__main__":
    with psycopg.connect(os.environ["DATABASE_URL"], autocommit=True) as connection:
        print("ready", flush=True)  # noqa: T201 # for whoever starts it
        while True:
            connection.execute(WRITE)
            sleep(0.05)
