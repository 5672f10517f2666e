"""The mailbox's pages and its JSON for scripts. Nothing here needs JavaScript, and nothing here leaves the machine."""

import json
import re
from collections.abc import Iterator
from dataclasses import asdict
from datetime import datetime

from flask import Flask, Response, abort, jsonify, render_template, request
from markupsafe import Markup, escape
from werkzeug.exceptions import HTTPException

from deploy.mailbox.door import Faults, FaultsPlanned
from deploy.mailbox.keep import Attachment, Keep, Mail

LINK = re.compile(r"https?://[^\s<>\"']+")
LINK_TAIL = ".,;:!?)]}"  # a full stop after an address belongs to the sentence
# A mail is a stranger's page: it may show itself and open links in a new tab, and may not run or fetch anything.
MAIL_SECURITY_POLICY = (
    "default-src 'none'; style-src 'unsafe-inline'; img-src data:; frame-ancestors 'self';"
    " sandbox allow-popups allow-popups-to-escape-sandbox"
)
PAGE_SECURITY_POLICY = "default-src 'none'; style-src 'unsafe-inline'; frame-src 'self'; form-action 'self'"


def create_app(*, keep: Keep, faults: FaultsPlanned) -> Flask:
    """The pages over one mailbox."""
    app = Flask(__name__)
    app.add_template_filter(linked)
    app.add_template_filter(moment)
    _add_pages(app, keep=keep)
    _add_scripts(app, keep=keep)
    _add_faults(app, faults=faults)
    app.register_error_handler(HTTPException, _problem)
    return app


def linked(text: str) -> Markup:
    """The words of a mail with its addresses as links."""
    parts: list[Markup] = []
    end = 0
    for match in LINK.finditer(text):
        address = match.group().rstrip(LINK_TAIL)
        parts += [escape(text[end : match.start()]), Markup('<a href="{0}" rel="noreferrer">{0}</a>').format(address)]
        end = match.start() + len(address)
    return Markup("").join([*parts, escape(text[end:])])


def moment(accepted_at: str) -> str:
    """When a mail was accepted, for reading."""
    return datetime.fromisoformat(accepted_at).strftime("%a %d %b %Y, %H:%M:%S UTC")


def _add_pages(app: Flask, *, keep: Keep) -> None:
    @app.get("/")
    def mails() -> str:
        search = request.args.get("q", "").strip()
        before = request.args.get("before", type=int)
        found, match_count, older_exist = keep.page(search=search, before=before)
        return render_template(
            "mails.html", mails=found, match_count=match_count, older_exist=older_exist, search=search, before=before
        )

    @app.get("/messages/<int:mail_id>")
    def one_mail(mail_id: int) -> str:
        mail = _found(keep, mail_id=mail_id)
        as_text = request.args.get("view") == "text" or not mail.html
        return render_template("mail.html", mail=mail, as_text=as_text)

    @app.get("/messages/<int:mail_id>/html")
    def one_mail_html(mail_id: int) -> Response:
        mail = _found(keep, mail_id=mail_id)
        answer = Response(f'<base target="_blank">{mail.html}', mimetype="text/html")
        answer.headers["Content-Security-Policy"] = MAIL_SECURITY_POLICY
        return answer

    @app.get("/messages/<int:mail_id>/attachments/<int:number>")
    def one_attachment(mail_id: int, number: int) -> Response:
        attachments = _found(keep, mail_id=mail_id).attachments
        if not 1 <= number <= len(attachments):
            abort(404, f"Mail {mail_id} has no attachment {number}. Go back to the mail.")
        attachment = attachments[number - 1]
        answer = Response(attachment.content, content_type=_download_type(attachment))
        answer.headers.set("Content-Disposition", "attachment", filename=attachment.name)
        return answer

    @app.after_request
    def guard(answer: Response) -> Response:
        answer.headers.setdefault("Content-Security-Policy", PAGE_SECURITY_POLICY)
        answer.headers["X-Content-Type-Options"] = "nosniff"
        answer.headers["Referrer-Policy"] = "no-referrer"
        answer.headers["Cache-Control"] = "no-store"
        return answer


def _add_scripts(app: Flask, *, keep: Keep) -> None:
    @app.get("/messages.jsonl")
    def messages() -> Response:
        after = request.args.get("after", default="0")
        if not after.isascii() or not after.isdigit() or len(after) > 18:
            abort(400, "`after` is the number of the last mail you have. Nothing was sent. Give a whole number.")
        lines = (json.dumps(_record(mail)) + "\n" for mail in keep.mails_after(int(after)))
        return Response(_streamed(lines), mimetype="application/jsonl")

    @app.get("/summary.json")
    def summary() -> Response:
        counted = keep.summary()
        return jsonify(
            mails=counted.mail_count,
            message_ids=counted.message_id_count,
            accepted_more_than_once=list(counted.accepted_more_than_once),
        )

    @app.get("/health")
    def health() -> Response:
        return jsonify(status="ok")


def _add_faults(app: Flask, *, faults: FaultsPlanned) -> None:
    @app.get("/faults")
    def faults_left() -> Response:
        return jsonify(asdict(faults.left()))

    @app.post("/faults")
    def plan_faults() -> Response:
        wanted = _faults(request.get_json())
        faults.plan(wanted)
        return jsonify(asdict(wanted))


def _faults(body: object) -> Faults:
    if not isinstance(body, dict) or not set(body) <= {"drop_after_data", "refuse", "code"}:
        abort(400, "Faults are a JSON object of `drop_after_data`, `refuse` and `code`. Nothing was planned.")
    if not all(type(value) is int and value >= 0 for value in body.values()):
        abort(400, "Every fault is a whole number, zero or more. Nothing was planned.")
    if not 400 <= body.get("code", 451) <= 599:
        abort(400, "`code` is an SMTP refusal, 400 to 599. Nothing was planned.")
    return Faults(**body)


def _record(mail: Mail) -> dict[str, object]:
    return {
        "id": mail.id,
        "accepted_at": mail.accepted_at,
        "message_id": mail.message_id,
        "from": mail.sender,
        "to": list(mail.recipients),
        "subject": mail.subject,
        "headers": mail.headers,
        "text": mail.text,
        "attachments": [
            {
                "name": each.name,
                "content_type": each.content_type,
                "method": each.method,
                "byte_count": len(each.content),
            }
            for each in mail.attachments
        ],
    }


def _download_type(attachment: Attachment) -> str:
    """The type as it came, for calendar programs; anything else is only kept, never shown in this page's name."""
    return "text/calendar; charset=utf-8" if attachment.content_type == "text/calendar" else "application/octet-stream"


def _streamed(lines: Iterator[str]) -> Iterator[bytes]:
    for line in lines:
        yield line.encode()


def _found(keep: Keep, *, mail_id: int) -> Mail:
    mail = keep.mail(mail_id) if mail_id < 2**63 else None
    if mail is None:
        abort(404, f"The mailbox has no mail {mail_id}. Go back to the list of all mails.")
    return mail


def _problem(error: HTTPException) -> Response:
    """A refusal as a problem document, or as a page for who asks with a browser."""
    status = error.code or 500
    if request.accept_mimetypes.accept_html and request.method == "GET":
        return Response(render_template("problem.html", error=error), status=status)
    body = {"type": "about:blank", "title": error.name, "status": status, "detail": error.description}
    return Response(json.dumps(body), status=status, mimetype="application/problem+json")
