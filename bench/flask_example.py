"""The reference's Flask example made real; gunicorn serves `app`.

The client takes its endpoint from OPENAI_BASE_URL, as the SDK does by itself.
"""

from flask import Flask, Response, jsonify, request
from openai import OpenAI

from bench.example import question, result

app = Flask(__name__)
client = OpenAI()


@app.route("/webhook/assessment", methods=["POST"])
def process_assessment() -> Response:
    """Ask the model and return its rating."""
    data = request.get_json()
    completion = client.chat.completions.create(**question(data))
    return jsonify(result(data, completion.choices[0].message.content))
