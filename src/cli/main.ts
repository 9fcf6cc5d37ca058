console.log('retort')
