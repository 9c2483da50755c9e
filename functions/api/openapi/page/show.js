// Relative to the page, which lies beside the description wherever the function is deployed.
SwaggerUIBundle({
  url: "openapi.json",
  dom_id: "#description",
  deepLinking: true,
  // Nothing of what is shown goes to a validator of elsewhere.
  validatorUrl: null,
});
