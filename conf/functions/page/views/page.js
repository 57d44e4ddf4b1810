module.exports = `<!DOCTYPE html>
<html lang="en">
<head>
<meta charset="utf-8">
<title>{{title}}</title>
</head>
<body>
<h1>{{title}}</h1>
{{#each months}}
<h2>{{name}}</h2>
<ul>
{{#each orders}}
<li>{{date}} {{what}}: {{money price}}</li>
{{/each}}
</ul>
<p>Total: {{money total}}</p>
{{/each}}
</body>
</html>
`;
