"""What names a person: names and e-mail addresses, hidden where people look, and looked for in what
leaves."""
