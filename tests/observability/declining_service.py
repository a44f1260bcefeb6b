"""Orders, declined inside of the span."""

from snippets.observability.spans.status_dont import process_order
from snippets.observability.three_pillars.observed import observed, serve

app = observed()
app.post("/orders/{order_id}/payment")(process_order)

if __name__ == "__main__":
    serve(app)
