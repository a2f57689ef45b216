"""Wrong on purpose: HTML from texts that were put together. Never imported."""

from markupsafe import Markup


def shows(value, html):
    # ruleid: markup-of-a-made-text
    one = Markup(f"<b>{value}</b>")
    # ruleid: markup-of-a-made-text
    two = Markup("<b>" + value)
    # ruleid: markup-of-a-made-text
    three = Markup("<b>%s</b>" % value)
    # ruleid: markup-of-a-made-text
    four = Markup("<b>{}</b>".format(value))
    # ok: markup-of-a-made-text, markup-outside-views
    return Markup("<b>{}</b>").format(value), Markup(" ").join([one, two, three, four])
